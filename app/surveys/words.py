"""The five answers, in words: the mail, the page and the reports say the same."""

from __future__ import annotations

from collections.abc import Mapping

from app.i18n import N_

SCORES: Mapping[int, str] = {
    1: N_("Very bad"),
    2: N_("Bad"),
    3: N_("Okay"),
    4: N_("Good"),
    5: N_("Very good"),
}
SATISFIED = 4  # ratings from here on count as satisfied: CSAT = satisfied / all ratings
COMMENT_LENGTH = 2000  # characters
