"""The mail that asks for a rating: five links, as text and as HTML that mail programs leave alone.

A link only opens the page with that answer chosen. Mail scanners follow links, so opening one must not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel import dates
from markupsafe import Markup

from app import i18n
from app.i18n import gettext as _
from app.surveys.words import SCORES

# Mail programs drop style sheets and classes; tables and style attributes survive (caniemail.com).
_CELL = (
    "display:block;padding:12px 2px;border:1px solid #8a8f98;border-radius:8px;background:#ffffff;"
    "color:#1d2330;text-decoration:none;font-size:14px;line-height:20px"
)
_NUMBER = "display:block;font-size:24px;line-height:32px;font-weight:bold"


@dataclass(frozen=True, slots=True)
class Mail:
    text: str
    html: str


def compose(link: str, number: int, desk: str, until: datetime) -> Mail:
    """The mail for one survey, in the language and time zone of the moment.

    `link` is the survey's address without a score, `number` the ticket's, `until` when a rating can last change.
    """
    day = dates.format_skeleton("MMMMd", i18n.local(until), locale=i18n.locale())
    values = {"number": number, "day": day, "desk": desk}
    intro = _("Your request #%(number)s was solved. How was the help you got?") % values
    counts = _("A link opens a page; your rating counts once you press Send there. You can change it until %(day)s.")
    again = _("Not solved after all? Simply reply to this mail, and your request opens again.")
    return Mail(
        text=_text(link, intro, [counts % values, again], desk),
        html=_html(link, intro, [counts % values, again], desk),
    )


def _text(link: str, intro: str, after: list[str], desk: str) -> str:
    rows = [f"{score} {_(name)}\n{link}?score={score}" for score, name in sorted(SCORES.items(), reverse=True)]
    return "\n\n".join([intro, *rows, *after, desk])


def _html(link: str, intro: str, after: list[str], desk: str) -> str:
    cells = Markup("").join(
        Markup(
            '<td width="20%" align="center" valign="top" style="padding:0 3px">'
            '<a href="{}?score={}" style="{}"><span style="{}">{}</span> {}</a></td>'
        ).format(link, score, _CELL, _NUMBER, score, _(name))
        for score, name in SCORES.items()
    )
    table = Markup(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="max-width:560px;table-layout:fixed"><tr>{}</tr></table>'
    ).format(cells)
    paragraph = Markup('<p style="margin:16px 0">{}</p>')
    parts = [paragraph.format(intro), table, *(paragraph.format(line) for line in [*after, desk])]
    return str(Markup("\n").join(parts))
