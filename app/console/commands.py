"""What can be done from the palette: one table, found by English or Japanese words or their reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from app import i18n
from app.accounts.models import Agent
from app.console import show
from app.i18n import N_
from app.text.tokens import fold
from app.tickets import recall
from app.tickets.built import ICONS, READY
from app.tickets.models import Ticket
from app.tickets.saved import Line
from app.tickets.views import VIEWS

ADMINS = ("owner", "admin")
NEAR = 82  # of 100: how like a word must be that is not contained as it stands
SHORT = 3  # letters: below, only what is contained counts


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do: go to `url`, press `press` (a default key), or take a step of the open ticket.

    `name` is one msgid or several that are joined; `words` are what else people call it, with readings.
    """

    icon: str
    name: tuple[str, ...]
    words: str = ""
    url: str = ""
    press: str = ""
    step: str = ""
    values: dict[str, str] = field(default_factory=dict)
    admin: bool = False
    writes: bool = False
    """Whether it is for those who answer: not for viewers."""


def _steps(step: str, heading: str, words: str, table: Sequence[tuple[str, tuple[str, str]]]) -> list[Command]:
    return [Command(icon, (heading, name), words, step=step, values={step: key}) for key, (icon, name) in table]


def _assign(to: str, icon: str, name: str, words: str) -> Command:
    return Command(icon, (name,), words, step="assignee", values={"assignee": to})


def _settings(page: str, name: str, words: str) -> Command:
    return Command("settings", (SETTINGS, name), f"設定 せってい {words}", f"/console/settings/{page}", admin=True)


SETTINGS = N_("Settings")
STATUSES = [(key, entry) for key, entry in show.STATUSES.items() if key not in ("new", "closed")]
ON_TICKET: tuple[Command, ...] = (
    Command("reply", (N_("Reply"),), "answer write 返事 へんしん へんじ", press="r"),
    Command("lock", (N_("Internal note"),), "note memo メモ しゃないめも", press="n"),
    _assign("me", "user-plus", N_("Assign to me"), "take mine 担当 自分 たんとう じぶん"),
    _assign("", "user", N_("Assign to nobody"), "unassign 担当 外す たんとう はずす なし"),
    Command("alarm-clock", (N_("Snooze"),), "later wait スヌーズ 後で あとで すぬーず", press="z"),
    Command("users", (N_("Assign to somebody"),), "assignee colleague 担当者 たんとうしゃ", press="a"),
    Command("zap", (N_("Macros"),), "マクロ まくろ", press="w"),
    Command("users", (N_("Move to a team"),), "team チーム", press="t"),
    Command("tag", (N_("Tags"),), "label たぐ", press="l"),
    *_steps("status", N_("Status"), "state ステータス 状態 じょうたい", STATUSES),
    *_steps("priority", N_("Priority"), "優先度 ゆうせんど", list(show.PRIORITIES.items())),
    Command("shield-alert", (N_("Mark as spam"),), "junk 迷惑 めいわく", step="spam", values={"spam": "1"}),
)
ANYWHERE: tuple[Command, ...] = (
    *(
        Command(view.icon, (view.name,), "view list ビュー 一覧 いちらん", f"/console/views/{view.key}")
        for view in (*VIEWS, *READY)
    ),
    Command("list-filter", (N_("Edit views"),), "saved views ビュー 編集 へんしゅう", "/console/saved"),
    Command("plus", (N_("New view"),), "saved views ビュー 新規 しんき", "/console/saved/new"),
    Command("bell", (N_("My reminders"),), "remind リマインド りまいんだー", "/console/reminders"),
    Command("pencil", (N_("Drafts"),), "下書き したがき", "/console/drafts"),
    Command("chart-no-axes-column", (N_("Reports"),), "figures csat 統計 れぽーと とうけい", "/reports"),
    Command("circle-user", (N_("Profile"),), "language theme password 言語 テーマ ぷろふぃーる", "/console/profile"),
    Command("keyboard", (N_("Keys"),), "shortcuts ショートカット きー", press="?"),
    Command("keyboard", (N_("Change the keys"),), "shortcuts ショートカット 変更 へんこう", "/console/profile#keys"),
    _settings("agents", N_("Agents"), "staff すたっふ"),
    _settings("teams", N_("Teams"), "ちーむ"),
    _settings("inboxes", N_("Inboxes"), "channels じゅしんばこ"),
    _settings("tags", N_("Tags"), "label たぐ"),
    _settings("fields", N_("Fields"), "custom 項目 こうもく カスタム"),
    _settings("blocks", N_("Blocked senders"), "spam 迷惑 ブロック めいわく"),
    Command(
        "text-quote",
        (N_("Canned replies"),),
        "templates snippets 定型文 ていけいぶん テンプレート",
        "/console/settings/canned",
        writes=True,
    ),
    Command("zap", (N_("Edit macros"),), "automation マクロ まくろ", "/console/settings/macros", writes=True),
    Command("pencil", (N_("Signatures"),), "footer 署名 しょめい", "/console/settings/signatures", writes=True),
    Command("shield-alert", (N_("Quarantine"),), "held かくり", "/console/quarantine", admin=True),
    Command("server-crash", (N_("Failed jobs"),), "errors じょぶ しっぱい", "/console/jobs", admin=True),
)


def of_views(lines: Sequence[Line]) -> list[Command]:
    """The way to each saved view, found by its names in both languages."""
    words = "view list ビュー 一覧 いちらん"
    return [
        Command(
            ICONS[line.audience], (line.name,), f"{words} {line.name_en} {line.name_ja}", f"/console/views/{line.key}"
        )
        for line in lines
    ]


def allowed(agent: Agent, ticket: Ticket | None) -> list[Command]:
    """What this agent can do now: nothing to tickets for viewers, no settings for whoever is no admin."""
    steps = [c for c in ON_TICKET if _takes(ticket, agent, c)] if ticket and agent.role != "viewer" else []
    return [*steps, *(c for c in ANYWHERE if _opens(agent, c))]


def _opens(agent: Agent, command: Command) -> bool:
    return (not command.admin or agent.role in ADMINS) and (not command.writes or agent.role != "viewer")


def _takes(ticket: Ticket, agent: Agent, command: Command) -> bool:
    """Whether the step would change anything, and may be taken as the ticket stands."""
    wanted = command.values.get(command.step)
    if command.step == "status":
        return ticket.status not in (wanted, "closed")
    if command.step == "priority":
        return ticket.priority != wanted
    if command.step == "assignee":
        return ticket.assignee_id != (agent.id if wanted == "me" else None)
    return command.step != "spam" or not ticket.spam


def name(command: Command) -> str:
    """What it is called in the language of the moment."""
    return ": ".join(i18n.gettext(part) for part in command.name)


def find(among: Sequence[Command], text: str, limit: int = 6) -> list[Command]:
    """Those that answer to `text`, the likeliest first; the table's own order among equals."""
    asked = [fold(spelling) for spelling in recall.spellings(text)]
    scored = [(max((_likeness(word, command) for word in asked), default=0.0), command) for command in among]
    likely = sorted((item for item in scored if item[0] >= NEAR), key=lambda item: -item[0])
    return [command for _, command in likely[:limit]]


def _likeness(asked: str, command: Command) -> float:
    names, words = _texts(command.name, command.words)
    if any(text.startswith(asked) for text in names):
        return 100
    if any(f" {asked}" in f" {text}" for text in names):
        return 98
    if any(asked in text for text in names):
        return 96
    if any(word.startswith(asked) for word in words):
        return 94
    if len(asked) < SHORT or not asked.isascii():
        return 0
    return max(fuzz.ratio(asked, word[: len(asked) + 1]) for text in (*names, *words) for word in text.split())


@lru_cache(maxsize=256)
def _texts(name: tuple[str, ...], words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names in both languages, other words), as search sees them."""
    japanese = i18n.catalogue("ja")
    spoken = (": ".join(name), ": ".join(str(japanese.get(part, part)) for part in name))
    return tuple(fold(text) for text in spoken), tuple(fold(word) for word in words.split())
