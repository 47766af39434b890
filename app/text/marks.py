"""The marks by which HTML drawn as text tells where its quotes and signatures are."""

from enum import Enum

Attributes = dict[str, str | None]


class Mark(Enum):
    """What an element means for quoting; decided by the caller of `tree_to_text`."""

    NONE = ""
    QUOTE = "quote"
    CUT = "cut"
    SIGNATURE = "signature"


# Noncharacters (Unicode 23.7) that stand in drawn text for a cut and before each line of a signature; they
# are removed from what comes in, so no mail can forge them.
CUT = "\ufdd0"
SIGNED = "\ufdd1"


def unreserved(text: str) -> str:
    """Text without the signs that drawn text is marked with."""
    return text.replace(CUT, "").replace(SIGNED, "")
