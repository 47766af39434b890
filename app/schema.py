"""Every table of Madoguchi, gathered for the migrations."""

from app import events
from app.accounts import models as accounts
from app.api import idempotency as api
from app.channels import inboxes, ledger, outbox
from app.customers import models as customers
from app.db import Base
from app.jobs import queue
from app.notices import models as notices
from app.portal import models as portal
from app.surveys import models as surveys
from app.tickets import carried, readymade, saved_view, undoing, unsent
from app.tickets import models as tickets

TABLES = (
    accounts,
    api,
    carried,
    customers,
    events,
    inboxes,
    ledger,
    notices,
    outbox,
    portal,
    queue,
    readymade,
    saved_view,
    surveys,
    tickets,
    undoing,
    unsent,
)
metadata = Base.metadata
