"""What the demo desk's people have written down: about a customer, for an inbox, and to a workshop outside."""

from __future__ import annotations

import sqlalchemy as sa

from app.accounts import agents
from app.channels import inboxes
from app.customers import identities
from app.db import Session
from app.demo import cast
from app.events import Actor
from app.tickets import forwarding, people
from app.tickets.models import Ticket

NOTES = {
    "hannah": ("Café Fjord", "Opens at nine on Saturdays: parcels should arrive on Friday."),
    "ayaka": ("", "お電話は午前中を希望。急須の交換は二度目なので丁寧にご説明を。"),
}
ACKNOWLEDGEMENT = {
    "acknowledgement_en": "Thank you for writing to {{desk.name}}. Your request is #{{ticket.number}}.\n\n"
    "We answer from ten to six, Japan time. To add something, simply reply to this mail.",
    "acknowledgement_ja": "{{desk.name}}にお問い合わせいただき、ありがとうございます。"
    "受付番号は #{{ticket.number}} です。\n\n"
    "十時から十八時のあいだに順にお返事いたします。追記はこのメールにご返信ください。",
}


def inbox(db: Session) -> None:
    """The mail inbox acknowledges in the desk's own words."""
    mail = inboxes.every(db, "email")[0]
    inboxes.change(db, mail, name=mail.name, settings=ACKNOWLEDGEMENT)


def tell(db: Session) -> None:
    """Two customers are known better, and one matter was handed on to the kilns."""
    mio = agents.find(db, cast.STAFF["mio"].email)
    assert mio is not None
    for key, (company, note) in NOTES.items():
        identity = identities.find(db, "email", cast.BY_KEY[key].email)
        assert identity is not None
        customer = identities.get(db, identity.customer_id)
        now = people.as_it_is(db, customer)
        people.change(db, customer, Actor("agent", mio.id), {**now, "company": company or now["company"], "note": note})
    ticket = db.scalar(sa.select(Ticket).where(Ticket.subject == "Broken handle on arrival"))
    assert ticket is not None
    word = "Could you look whether the *handle* can be mended, or is a new kettle the better way?"
    forwarding.forward(db, ticket, mio, to="Uji workshop <workshop@uji-kilns.example>", text=word)
