"""Every table of Madoguchi, gathered for the migrations."""

from app import events
from app.accounts import models as accounts
from app.api import idempotency as api
from app.channels import inboxes, ledger, outbox
from app.customers import models as customers
from app.db import Base
from app.jobs import queue
from app.portal import models as portal
from app.surveys import models as surveys
from app.tickets import models as tickets

TABLES = (accounts, api, customers, events, inboxes, ledger, outbox, portal, queue, surveys, tickets)
metadata = Base.metadata
