"""The REST API under /api/v1/: bearer tokens with scopes, explicit schemas, problem+json refusals."""
