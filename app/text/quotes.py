"""What a person newly wrote in a mail, apart from what was quoted and signed."""

from dataclasses import dataclass

REPLY_MARKERS = {
    "en": "##- Please type your reply above this line -##",
    "ja": "##- この行より上にご返信をご記入ください -##",
}
REPLY_MARKER: str = REPLY_MARKERS["en"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail's text in three parts: newly written, quoted history, signature."""

    new: str
    quoted: str = ""
    signature: str = ""


def extract_reply(text: str, html: str | None = None) -> str:
    """What was newly written."""
    return split_reply(text).new


def split_reply(text: str) -> Reply:
    """A text split for folding."""
    kept = [line for line in text.splitlines() if not line.startswith(">")]
    return Reply("\n".join(kept).strip() or text.strip())
