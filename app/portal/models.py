"""Customers' signed-in browsers."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base


class PortalSession(Base):
    """A browser whose person proved that a mail address is theirs. Only the digest of its cookie is kept.

    It holds on to the address and not to the customer: when staff find that an address belongs to another person,
    the session goes with it.
    """

    __tablename__ = "portal_sessions"

    digest: Mapped[str] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(sa.ForeignKey("identities.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
