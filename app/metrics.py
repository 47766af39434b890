"""Counters of this process for Prometheus; what the desk holds is counted in `reports.health`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

registry = CollectorRegistry()
requests = Counter("madoguchi_requests", "Requests answered", ["method", "status"], registry=registry)
request_seconds = Histogram(
    "madoguchi_request_seconds",
    "Time to answer a request",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
