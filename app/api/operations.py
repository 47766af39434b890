"""The table of the API: every operation, what it needs, and what it answers. Routes and document come from it."""

from __future__ import annotations

from app.api import cursors, reading, writing
from app.api.calls import Answer, Operation, Parameter
from app.api.schemas import CHANNEL, EMAIL, NUMBER, PERSON, PUBLIC_ID, Shape
from app.tickets.models import STATUSES

ROOT = "/api/v1"


def _in_path(name: str, schema: Shape, help: str) -> Parameter:
    return Parameter(name, "path", schema, help)


def _query(name: str, schema: Shape, help: str) -> Parameter:
    return Parameter(name, "query", schema, help)


_TICKET = _in_path("ticket_id", NUMBER, "Number of the ticket.")
_PAGING = (
    _query("cursor", {"type": "string", "pattern": cursors.PATTERN}, "`next` of the page before."),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": reading.PAGE}, "Rows on a page."),
)
_AFTER = _query(
    "after", {**NUMBER, "minimum": 0}, "Only messages with a greater id: what is new since the last one known."
)
_PERSON: Shape = {"type": "string", "pattern": PERSON}

TABLE = (
    Operation(
        "GET",
        f"{ROOT}/inboxes",
        "listInboxes",
        "List inboxes",
        ("tickets:read", "messages:read", "inbound:write", "messages:write"),
        reading.list_inboxes,
        {200: Answer("All of them on one page.", "InboxList")},
    ),
    Operation(
        "GET",
        f"{ROOT}/tickets",
        "listTickets",
        "List tickets",
        ("tickets:read",),
        reading.list_tickets,
        {200: Answer("Tickets in the order of their numbers.", "TicketList")},
        (
            _query("status", {"type": "string", "enum": list(STATUSES)}, "Only in this state."),
            _query("assignee", _PERSON, "Only of this agent's number, or `none`."),
            _query("team", _PERSON, "Only of this team's number, or `none`."),
            _query("channel", {"type": "string", "pattern": CHANNEL}, "Only of this kind of channel: email, rest, …"),
            _query("requester", NUMBER, "Only of this customer's number."),
            _query("updated_after", {"type": "string", "format": "date-time"}, "Only what changed after this moment."),
            *_PAGING,
        ),
    ),
    Operation(
        "GET",
        f"{ROOT}/tickets/{{ticket_id}}",
        "getTicket",
        "Read a ticket",
        ("tickets:read",),
        reading.show_ticket,
        {200: Answer("The ticket.", "Ticket")},
        (_TICKET,),
    ),
    Operation(
        "GET",
        f"{ROOT}/tickets/{{ticket_id}}/messages",
        "listTicketMessages",
        "List the messages of a ticket",
        ("messages:read",),
        reading.list_ticket_messages,
        {200: Answer("Messages, oldest first; internal notes are not among them.", "MessageList")},
        (_TICKET, _AFTER, *_PAGING),
    ),
    Operation(
        "POST",
        f"{ROOT}/tickets/{{ticket_id}}/replies",
        "replyToTicket",
        "Answer the customer",
        ("messages:write",),
        writing.reply,
        {201: Answer("The reply, queued for sending.", "Message", replayed=True)},
        (_TICKET,),
        writes="NewReply",
        conflicts="The ticket is closed or merged, or the customer wrote after `seen`.",
        help="Written as the agent that the token acts as. An unassigned ticket becomes that agent's.",
    ),
    Operation(
        "GET",
        f"{ROOT}/messages",
        "listMessages",
        "List messages",
        ("messages:read",),
        reading.list_messages,
        {200: Answer("Messages in the order of their numbers.", "MessageList")},
        (
            _query("inbox", {"type": "string", "pattern": PUBLIC_ID}, "Only of this inbox."),
            _query("ticket", NUMBER, "Only of this ticket."),
            _AFTER,
            *_PAGING,
        ),
    ),
    Operation(
        "POST",
        f"{ROOT}/inboxes/{{inbox_id}}/messages",
        "postMessage",
        "Hand on what somebody wrote",
        ("inbound:write", "messages:write"),
        writing.hand_on,
        {
            200: Answer("Known already by its external id; nothing changed.", "Taken", replayed=True),
            201: Answer("It is in a ticket.", "Taken", replayed=True),
            202: Answer("It is stored and will be read later; ask again with the same key.", "Taken", replayed=True),
        },
        (_in_path("inbox_id", {"type": "string", "pattern": PUBLIC_ID}, "Id of an inbox of the channel rest."),),
        writes="NewMessage",
        conflicts="The ticket that is named belongs to another inbox.",
        help="Stored and committed before it is answered. Fetch the desk's answers with `listTicketMessages`.",
    ),
    Operation(
        "GET",
        f"{ROOT}/attachments/{{attachment_id}}",
        "downloadAttachment",
        "Download a file of a message",
        ("messages:read",),
        reading.download,
        {200: Answer("The content; its type stands in the message.")},
        (_in_path("attachment_id", {"type": "string", "pattern": PUBLIC_ID}, "Id of the attachment."),),
        conflicts="The file is still being fetched from its channel.",
    ),
    Operation(
        "GET",
        f"{ROOT}/customers",
        "listCustomers",
        "List customers",
        ("customers:read",),
        reading.list_customers,
        {200: Answer("Customers in the order of their numbers.", "CustomerList")},
        (_query("email", {"type": "string", "pattern": EMAIL}, "Only with this e-mail address."), *_PAGING),
    ),
    Operation(
        "GET",
        f"{ROOT}/customers/{{customer_id}}",
        "getCustomer",
        "Read a customer",
        ("customers:read",),
        reading.show_customer,
        {200: Answer("The customer.", "Customer")},
        (_in_path("customer_id", NUMBER, "Number of the customer."),),
    ),
)
