"""Small plain-text helpers: one-line excerpts, safe HTML from text, initials, clean names.

Everything here treats Japanese and English alike: lengths are counted in grapheme clusters where a
person would count characters, and no blank is ever added between ideographs.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

# What may not stand in a name, a subject or a line of text: control characters other than tab and line
# breaks, the bidi embeddings, overrides and isolates that can turn a name around (Unicode TR 36, 2.7),
# soft hyphen, zero-width space, word joiner, BOM, interlinear annotation marks and lone surrogates.
# Zero-width joiner and non-joiner stay: emoji families and Persian spelling need them.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e001f]"
)
_BLANKS = re.compile(r"\s+")

# Characters that belong to the cluster before them: joiners, variation selectors, skin tones, tags.
_EXTEND = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u20e3]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")

_URL = re.compile(
    r"""(?<![a-zA-Z0-9])(?:https?://|www\.)[^\s<>"'`\u3000-\u9fff\uac00-\ud7af\uf900-\uff60{}|\\^\[\]]+""",
    re.IGNORECASE,
)
_CJK_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_MAX_URL = 2048


def nfc(text: str) -> str:
    """The text in Unicode normal form C, so that が typed as two code points equals が typed as one."""
    return unicodedata.normalize("NFC", text)


def strip_controls(text: str) -> str:
    """The text without NULs, bidi overrides, invisible marks and lone surrogates; lines and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def excerpt(text: str, length: int = 140) -> str:
    """The beginning of a text on one line, at most `length` characters, ending in … when cut.

    Latin text is cut between words when one ends near the limit; no cluster is ever split.
    """
    line = _BLANKS.sub(" ", strip_controls(text[: length * 40 + 400])).strip()
    if len(line) <= length:
        return line
    end = length - 1
    for start, stop in cluster_spans(line):
        if stop > length - 1:
            end = start
            break
    cut = line[:end]
    blank = cut.rfind(" ")
    if line[end] != " " and blank > length * 2 // 3 and not _CJK_WORD.search(cut[blank:]):
        cut = cut[:blank]
    return cut.rstrip(" ,.;:、。") + "…"


def text_to_html(text: str) -> str:
    """A plain text as safe HTML: escaped, paragraphs and line breaks, http(s) addresses as links."""
    clean = strip_controls(text).strip("\n")
    paragraphs = [part.strip("\n") for part in _PARAGRAPH.split(clean)]
    return "".join(f"<p>{_linked(part)}</p>" for part in paragraphs if part.strip())


def initials(name: str) -> str:
    """One or two characters for an avatar: 山 for 山田太郎, AS for Anna Smith, the first emoji whole.

    An e-mail address gives its first letter; nothing usable gives "?".
    """
    clean = nfc(strip_controls(name)).strip().strip("\"'“”「」『』()（）<>[]【】*")
    if "@" in clean:
        clean = clean.split("@", 1)[0].replace(".", " ")
    words = [word for word in re.split(r"[\s,・·_/|]+", clean) if _first_cluster(word)]
    if not words:
        return "?"
    first = _first_cluster(words[0])
    if _CJK_WORD.match(first) or not first.isalpha() or len(words) == 1:
        return first.upper()
    last = _first_cluster(words[-1])
    return (first + last).upper() if last.isalpha() and not _CJK_WORD.match(last) else first.upper()


def _first_cluster(word: str) -> str:
    """The first user-visible character of a word, its marks and joined emoji included."""
    for start, stop in cluster_spans(word):
        cluster = word[start:stop]
        if cluster[0].isalnum() or unicodedata.category(cluster[0]) in ("So", "Sk"):
            return cluster
    return ""


def cluster_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of grapheme clusters: marks, joiner sequences and flag pairs stay whole (after UAX 29)."""
    start, flags = 0, 0
    for index, char in enumerate(text):
        joined = (
            unicodedata.combining(char) != 0
            or unicodedata.category(char) in ("Mn", "Me", "Mc")
            or _EXTEND.match(char) is not None
            or (index > 0 and text[index - 1] == "\u200d")
            or (flags % 2 == 1 and _FLAG.match(char) is not None)
        )
        flags = flags + 1 if _FLAG.match(char) else 0
        if not joined and index > start:
            yield start, index
            start = index
    if start < len(text):
        yield start, len(text)


def find_urls(text: str) -> Iterator[tuple[int, int, str]]:
    """Web addresses in a text: start, end, and the address to link to ("https://" added where it begins
    with www). They end before CJK characters and before a sentence's punctuation."""
    for match in _URL.finditer(text):
        shown = _trimmed(match.group())
        if 8 <= len(shown) <= _MAX_URL:
            yield match.start(), match.start() + len(shown), shown if "://" in shown else f"https://{shown}"


def _linked(text: str) -> str:
    """One paragraph, escaped, with its addresses linked and its line breaks kept."""
    parts: list[str] = []
    done = 0
    for start, end, target in find_urls(text):
        parts.append(html.escape(text[done:start]))
        parts.append(
            f'<a href="{html.escape(target)}" target="_blank" rel="noopener noreferrer nofollow">'
            f"{html.escape(text[start:end])}</a>"
        )
        done = end
    parts.append(html.escape(text[done:]))
    return "".join(parts).replace("\n", "<br>")


def _trimmed(url: str) -> str:
    """A matched address without the sentence's punctuation; a closing bracket stays when it was opened."""
    url = url[: _MAX_URL + 1]
    end, surplus = len(url), url.count(")") - url.count("(")
    while end and url[end - 1] in ".,:;!?)*_~…":
        if url[end - 1] == ")":
            if surplus <= 0:
                break
            surplus -= 1
        end -= 1
    return url[:end]
