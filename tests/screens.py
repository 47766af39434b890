"""`make screens`: a picture of every screen in docs/screens, in both languages and themes, at three widths.

It also says what no picture should show: a page that scrolls sideways, or an error in the browser's console.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from app import keys, main, settings
from app.accounts import agents, sessions
from app.channels.email.arriving import incoming
from app.channels.inboxes import Inbox
from app.customers import identities
from app.db import Session
from app.demo import cast, seed
from app.portal import sessions as portal_sessions
from app.surveys.models import Survey
from app.tickets import intake
from app.tickets.models import Note, Ticket
from tests.browsing import chromium, open_context
from tests.ports import free_port
from tests.story import served

FOLDER = Path(__file__).parents[1] / "docs" / "screens"
WIDTHS = (1440, 1024, 390)
SCHEMES = ("light", "dark")
STAFF = {"en": "mio", "ja": "yuki"}
CUSTOMERS = {"en": "hannah", "ja": "ayaka"}
SUBJECT = {"en": "Lid of the replacement teapot is loose", "ja": "交換品の急須の蓋がゆるい"}


@dataclasses.dataclass(frozen=True)
class Desk:
    """The demo desk that is drawn, and the numbers of what is on it."""

    base: str
    house: main.House
    tickets: dict[str, int]
    survey: str
    sessions: dict[str, str]
    guests: dict[str, str]

    def ticket(self, locale: str) -> str:
        return f"{self.base}/console/tickets/{self.tickets[locale]}"


Draw = Callable[[Page, Desk, str], None]


def thread(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.ticket(locale))


def note(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.ticket(locale))
    page.locator("input[name=kind][value=note]").check(force=True)
    words = {"en": "The Uji shop keeps a matched pair for us.", "ja": "宇治店に共の一組を取り置いてもらいました。"}
    page.locator("textarea[name=body]").fill(words[locale])


def customer(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.ticket(locale))
    toggle = page.locator("[data-panel-toggle]").first
    if toggle.is_visible():
        toggle.click()


def picked(page: Page, desk: Desk, locale: str) -> None:
    page.goto(f"{desk.base}/console/views/open")
    for number in range(3):
        page.locator(".row [data-pick]").nth(number).check(force=True)
    page.locator("#chosen h1").wait_for(state="attached")
    page.locator("#bulk-acts .push").wait_for(state="attached")


def previewed(page: Page, desk: Desk, locale: str) -> None:
    picked(page, desk, locale)
    page.locator("#bulk-acts .push button").click()
    page.locator(".would h2").wait_for()


def at(path: str) -> Draw:
    return lambda page, desk, locale: page.goto(desk.base + path) and None


def wrong_request(page: Page, desk: Desk, locale: str) -> None:
    page.goto(f"{desk.base}/help/request")
    page.locator("[name=subject]").fill({"en": "My cup", "ja": "湯呑みについて"}[locale])
    page.locator("[name=email]").fill("nobody")
    page.locator("main form .btn--main").last.click()
    page.wait_for_load_state()


def signed_in_customer(page: Page, desk: Desk, locale: str) -> None:
    page.context.add_cookies([{"name": "help", "value": desk.guests[locale], "url": desk.base}])
    page.goto(f"{desk.base}/help/requests")


def one_request(page: Page, desk: Desk, locale: str) -> None:
    signed_in_customer(page, desk, locale)
    page.locator("main a[href*='/help/requests/']").first.click()
    page.wait_for_load_state()


def widget(page: Page, desk: Desk, locale: str) -> None:
    page.goto(f"{desk.base}/shop?lang={locale}")
    page.locator("button.launch").click()
    inside = page.frame_locator("iframe").first
    words = {"en": "Do you ship the large jar to Denmark?", "ja": "大きい茶壺をデンマークへ送れますか。"}
    inside.locator("textarea").fill(words[locale])
    inside.locator("textarea").press("Enter")
    page.wait_for_timeout(600)


def palette(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.ticket(locale))
    page.keyboard.press("Control+k")
    page.keyboard.type({"en": "mori", "ja": "もり"}[locale])
    page.locator("[data-palette] [role=option] mark").first.wait_for()


def keys_of_the_console(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.ticket(locale))
    page.keyboard.press("?")


def own_keys(page: Page, desk: Desk, locale: str) -> None:
    page.goto(f"{desk.base}/console/profile")
    page.locator("#keys").scroll_into_view_if_needed()


def offline(page: Page, desk: Desk, locale: str) -> None:
    page.route("**/healthz", lambda route: route.abort())  # or it would leave as soon as it finds the desk
    page.goto(f"{desk.base}/console/offline?lang={locale}")


def survey(page: Page, desk: Desk, locale: str) -> None:
    page.goto(f"{desk.base}/rate/{desk.survey}?score=4&lang={locale}")


def composer(page: Page, desk: Desk, locale: str) -> None:
    thread(page, desk, locale)
    page.locator("form[data-whom-ready]").wait_for()
    page.locator("form[data-composer] label:has([value=reply])").click()  # a note may have been begun


def canned(page: Page, desk: Desk, locale: str) -> None:
    composer(page, desk, locale)
    page.locator("textarea[name=body]").fill("")
    page.locator("[data-types='/']").click()
    page.locator(".mention-list").wait_for()


def recipients(page: Page, desk: Desk, locale: str) -> None:
    composer(page, desk, locale)
    page.locator("[data-whom-open]").click()
    page.keyboard.type("tom@weller.example,not an address,")


def macro(page: Page, desk: Desk, locale: str) -> None:
    composer(page, desk, locale)
    page.locator("#menu-macros summary").click()
    page.locator("#menu-macros .item").first.click()
    page.locator("dialog[data-ask][open]").wait_for()


def preview(page: Page, desk: Desk, locale: str) -> None:
    composer(page, desk, locale)
    words = {"en": "**Tomorrow**, by the 15:00 pickup:", "ja": "**明日**、15時の集荷でお送りします："}
    page.locator("textarea[name=body]").fill(f"{words[locale]}\n\n- TK-21044\n- TK-21102")
    fold = page.locator("[data-marks-open]")
    if fold.is_visible():
        fold.click()
    page.locator("[data-look]").click()
    page.locator("[data-preview] strong").wait_for()


def customer_edited(page: Page, desk: Desk, locale: str) -> None:
    customer(page, desk, locale)
    page.locator("#edit-customer > summary").click()
    page.locator("#about-name").wait_for()


def suggestions(page: Page, desk: Desk, locale: str) -> None:
    page.goto(desk.base + "/console/views/open")
    menu = page.locator(".list [data-zone-to=views]")
    if menu.is_visible():
        menu.click()
    page.locator("#find").focus()
    page.locator("[data-found] [role=option]").first.wait_for()


SCREENS: dict[str, tuple[str, Draw]] = {  # name: (who looks, how to get there)
    "console-list": ("staff", at("/console/views/open")),
    "console-thread": ("staff", thread),
    "console-note": ("staff", note),
    "console-customer": ("staff", customer),
    "console-palette": ("staff", palette),
    "console-keys": ("staff", keys_of_the_console),
    "console-own-keys": ("staff", own_keys),
    "console-offline": ("nobody", offline),
    "console-empty": ("staff", at("/console/search?q=zzzz")),
    "console-views": ("staff", at("/console/saved")),
    "console-view": ("staff", at("/console/saved/2")),
    "console-suggestions": ("staff", suggestions),
    "console-settings": ("staff", at("/console/settings/agents")),
    "console-canned": ("staff", canned),
    "console-recipients": ("staff", recipients),
    "console-macro": ("staff", macro),
    "settings-canned": ("staff", at("/console/settings/canned")),
    "settings-canned-reply": ("staff", at("/console/settings/canned/2")),
    "settings-macros": ("staff", at("/console/settings/macros")),
    "settings-macro": ("staff", at("/console/settings/macros/1")),
    "settings-signatures": ("staff", at("/console/settings/signatures")),
    "settings-agent": ("staff", at("/console/settings/agents/3")),
    "settings-team": ("staff", at("/console/settings/teams/1")),
    "settings-inbox": ("staff", at("/console/settings/inboxes/1")),
    "settings-chat": ("staff", at("/console/settings/inboxes/3")),
    "settings-tags": ("staff", at("/console/settings/tags")),
    "settings-tag": ("staff", at("/console/settings/tags/1")),
    "settings-history": ("staff", at("/console/settings/history")),
    "console-preview": ("staff", preview),
    "console-customer-edited": ("staff", customer_edited),
    "console-message": ("staff", at("/console/messages/1")),
    "console-forward": ("staff", at("/console/tickets/18/forward")),
    "console-picked": ("staff", picked),
    "console-bulk": ("staff", previewed),
    "console-bulk-page": ("staff", at("/console/bulk?all=1&view=open")),
    "console-bulk-past": ("staff", at("/console/bulk/past")),
    "console-proposal": ("staff", at("/console/proposals/1")),
    "console-history": ("staff", at("/console/tickets/18/history")),
    "console-quarantine": ("staff", at("/console/quarantine")),
    "sign-in": ("nobody", at("/sign-in")),
    "report": ("staff", at("/reports")),
    "portal-home": ("nobody", at("/help")),
    "portal-request": ("nobody", at("/help/request")),
    "portal-request-wrong": ("nobody", wrong_request),
    "portal-requests": ("nobody", signed_in_customer),
    "portal-ticket": ("nobody", one_request),
    "widget": ("nobody", widget),
    "survey": ("nobody", survey),
    "not-found": ("nobody", at("/help/no-such-page")),
}


def prepare(folder: Path) -> main.House:
    """The demo desk, with a mail in quarantine."""
    port = free_port()
    made = settings.load(
        {},
        data=folder,
        port=port,
        base_url=f"http://127.0.0.1:{port}",
        smtp_in_port=0,
        lmtp_in_port=0,
        demo=True,
        desk_name=cast.COMPANY,
    )
    house = main.build(made)
    seed.sow(house, lambda sentence: print(sentence, flush=True))
    with house.database.read() as db:
        inbox = db.scalars(sa.select(Inbox.id).where(Inbox.kind == "email")).one()
    intake.accept_and_take(house.database, inbox, incoming(b"", {"from": "someone@example.com"}))
    return house


def facts(house: main.House, base: str) -> Desk:
    """The tickets that are drawn, and a survey's link."""
    with house.database.transaction() as db:
        tickets = {locale: _ticket(db, subject) for locale, subject in SUBJECT.items()}
        token = keys.new_token()
        asked = db.scalars(sa.select(Survey).where(Survey.score.is_(None)).limit(1)).one()
        asked.digest = keys.digest(token)
        signed_in = {locale: _session(db, who) for locale, who in STAFF.items()}
        guests = {locale: _guest(db, who) for locale, who in CUSTOMERS.items()}
    return Desk(base, house, tickets, token, signed_in, guests)


def _guest(db: Session, who: str) -> str:
    identity = identities.find(db, "email", cast.BY_KEY[who].email)
    assert identity
    return portal_sessions.begin(db, identity)


def _session(db: Session, who: str) -> str:
    agent = agents.find(db, cast.STAFF[who].email)
    assert agent
    return sessions.begin(db, agent, "127.0.0.1", "screens")


def _ticket(db: Session, subject: str) -> int:
    with_notes = sa.select(Note.ticket_id)
    return db.scalars(sa.select(Ticket.id).where(Ticket.subject == subject, Ticket.id.in_(with_notes))).one()


def draw(browser: Browser, desk: Desk, wanted: str, widths: tuple[int, ...]) -> list[str]:
    """Draw the screens whose name matches; what was wrong with them."""
    faults = []
    for name, (who, how) in SCREENS.items():
        if not re.search(wanted, name):
            continue
        for locale in ("en", "ja"):
            for scheme in SCHEMES:
                for width in widths:
                    faults += _one(browser, desk, name, who, how, locale, scheme, width)
        print(f"  {name}", flush=True)
    return faults


def _one(
    browser: Browser, desk: Desk, name: str, who: str, how: Draw, locale: str, scheme: str, width: int
) -> list[str]:
    context = open_context(browser, locale, scheme, width)
    page = context.new_page()
    file = f"{name}.{locale}.{scheme}.{width}"
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"{file}: {error}"))
    page.on("console", lambda line: faults.append(f"{file}: {line.text}") if line.type == "error" else None)
    if who == "staff":
        context.add_cookies([{"name": "desk", "value": desk.sessions[locale], "url": desk.base}])
    how(page, desk, locale)
    page.wait_for_timeout(250)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append(f"{file}: scrolls sideways")
    page.screenshot(path=FOLDER / f"{file}.png")
    context.close()
    expected = "404" if name == "not-found" else "422" if name == "portal-request-wrong" else "\0"
    return [fault for fault in faults if expected not in fault]


def run() -> int:
    """Draw, and report."""
    parser = argparse.ArgumentParser(prog="make screens")
    parser.add_argument("--only", default="", help="a pattern for names of screens")
    parser.add_argument("--widths", default="1440,1024,390")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        house = prepare(Path(folder))
        with served(house) as base, chromium() as browser:
            widths = tuple(int(width) for width in given.widths.split(","))
            faults = draw(browser, facts(house, base), given.only, widths)
        house.close()
    print("\n".join(faults) or "No page scrolls sideways, and no browser complained.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(run())
