"""Who is looking at the portal: nobody in particular, or a customer who proved an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from starlette.responses import Response

from app import clock, i18n, keys
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import SignInRequired
from app.events import Actor
from app.portal.models import PortalSession
from app.web import Page

LIFETIME = timedelta(days=30)
LANGUAGE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Guest:
    """A signed-in customer, and the address by which they signed in."""

    customer: Customer
    identity: Identity

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.customer.id)


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to TLS; without TLS browsers refuse the prefix."""
    return "__Host-help" if secure else "help"


def begin(db: Session, identity: Identity) -> str:
    """The address is proven and a browser signed in; returns what goes into its cookie."""
    identities.verify(db, identity, Actor("customer", identity.customer_id))
    token = keys.new_token()
    db.add(
        PortalSession(digest=keys.digest(token), identity_id=identity.id, expires_at=clock.now() + LIFETIME),
    )
    db.flush()
    return token


def guest_of(db: Session, token: str) -> Guest | None:
    """Who is signed in with this cookie; None when it is unknown or has expired."""
    if not token:
        return None
    found = db.execute(
        sa.select(Customer, Identity)
        .join(Identity, Identity.customer_id == Customer.id)
        .join(PortalSession, PortalSession.identity_id == Identity.id)
        .where(PortalSession.digest == keys.digest(token), PortalSession.expires_at > clock.now())
    ).first()
    return Guest(found[0], found[1]) if found else None


def end(db: Session, token: str) -> None:
    """Sign a browser out."""
    db.execute(sa.delete(PortalSession).where(PortalSession.digest == keys.digest(token)))


def end_all(db: Session, customer_id: int) -> None:
    """Sign every browser of a customer out."""
    own = sa.select(Identity.id).where(Identity.customer_id == customer_id)
    db.execute(sa.delete(PortalSession).where(PortalSession.identity_id.in_(own)))


def sweep(db: Session) -> None:
    """Remove what has expired."""
    db.execute(sa.delete(PortalSession).where(PortalSession.expires_at < clock.now()))


# ── access rules ──────────────────────────────────────────────────────────────────────────────────────


def guests(page: Page) -> None:
    """Access rule: everybody; whoever is signed in is known as `page.who`."""
    token = page.request.cookies.get(cookie_name(page.settings.secure), "")
    page.who = guest_of(page.db, token)
    page.context["customer"] = page.who.customer if page.who else None
    page.context["here"] = page.request.url.path
    i18n.speak(_language(page), page.settings.time_zone)


def customers(page: Page) -> None:
    """Access rule: a signed-in customer. What belongs to somebody else does not exist for them."""
    guests(page)
    if page.who is None:
        raise SignInRequired("Please sign in to see your requests.")


def _language(page: Page) -> str:
    """The language that was chosen, else the customer's own, else the browser's."""
    chosen = page.query("lang") or page.request.cookies.get("lang", "")
    if chosen in i18n.LOCALES:
        return chosen
    if page.who and page.who.customer.locale in i18n.LOCALES:
        return str(page.who.customer.locale)
    return i18n.from_header(page.request.headers.get("accept-language", ""), page.settings.locale)


# ── cookies ───────────────────────────────────────────────────────────────────────────────────────────


def keep(page: Page, response: Response, name: str, value: str, lifetime: timedelta) -> Response:
    """Set a cookie that only this host gets, that no script reads and no other site's form sends."""
    response.set_cookie(
        name,
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=page.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def sign_in(page: Page, response: Response, identity: Identity) -> Response:
    """Sign this browser in."""
    name = cookie_name(page.settings.secure)
    end(page.db, page.request.cookies.get(name, ""))  # whoever was here before
    return keep(page, response, name, begin(page.db, identity), LIFETIME)


def sign_out(page: Page, response: Response) -> Response:
    """Sign this browser out."""
    name = cookie_name(page.settings.secure)
    end(page.db, page.request.cookies.get(name, ""))
    response.delete_cookie(name, path="/", secure=page.settings.secure, httponly=True, samesite="lax")
    return response
