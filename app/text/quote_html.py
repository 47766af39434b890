"""The quote containers of HTML mail, drawn as marks that the plain-text pass understands."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.text import quote_words as words
from app.text.htmlguard import is_heavy, prepared
from app.text.htmltext import tree_to_text
from app.text.marks import Attributes, Mark, unreserved

# Names that mail programs give to what they quote; matched against id and class, each a whole word.
# All below (and after) a "cut" is quoted; a "quote" is a container whose content is quoted.
_CUT_NAMES = (
    "divrplyfwdmsg|appendonsend|stopspelling|mail-editor-reference-message-container|olk_src_body_section"
    "|ms-outlook-mobile-reference-message|outlookmessageheader|replysplit|reply-intro|zmail_extra_hr|zmail_extra"
    "|isforwardcontent|isreplycontent|mailcontent_quote|aolreplacement|original-message|_originalmsg|x_divrplyfwdmsg"
)
_QUOTE_NAMES = (
    r"yahoo_quoted|\w*yahoo_quoted|protonmail_quote|tutanota_quote|gmail_attr|moz-cite-prefix|moz-email-headers-table"
    r"|moz-forward-container|hey_quote|hey-quote|trix-quote|front-blockquote|freshdesk_quote|mail_quote|mailquote|quoted-message"
    r"|mcntgmail_quote|gmx_quote|ntes_quote|wr_quote|appleoriginalcontents|airmail_ext_on|bloop_markdown_quote|mb_quote"
    r"|spike_quote|spark_quote|zimbra_quote|quoted_text|quoted-text|iwc-quote|cremed|reply_quote|ydp\w*yahoo_quoted"
    r"|edo_message_quote|history_container|skiff_quote|fastmail-quote|missive_quote|superhuman-quote|sh-quoted-content"
)
_SIGNATURE_NAMES = (
    "gmail_signature|moz-signature|signature|ms-outlook-mobile-signature|composer_signature|protonmail_signature_block"
    "|protonmail_signature_block-user|applemailsignature|apple_signature|tutanota_signature|bloop_sign|mb_sig|x_signature"
    "|outlooksignature|email-signature|yahoo_signature"
)
_NAMED = re.compile(
    rf"(?<![\w-])(?:(?P<cut>{_CUT_NAMES})|(?P<quote>{_QUOTE_NAMES})|(?P<signature>{_SIGNATURE_NAMES}))(?![\w-])"
)
# No tree is built for HTML in which none of these stands.
_NAMES = f"{_CUT_NAMES}|{_QUOTE_NAMES}|{_SIGNATURE_NAMES}".replace(r"\w*", "").split("|")
_HINTS = (*_NAMES, "blockquote", "gmail_quote", "border-top", "border-width", '"quote"', "'quote'", "=quote")
# Word's and Outlook's line above the header block: a div with a border on top alone.
_TOP_BORDER = re.compile(
    r"border-top\s*:\s*(?:solid|#|[\d.]+p|thin|medium)|border-width\s*:\s*[\d.]+p[tx] (?:0|medium)"
)
_HEADER_START = re.compile(r"\s*[*_]*([^\W\d_][\w.'’ \xa0-]{0,24}?)[\s\xa0]*[*_]*[:：]")


def marked_text(html: str) -> tuple[str, bool]:
    """The text of HTML with its quotes marked by ">" and `CUT` lines, and whether it had any such container."""
    html = unreserved(prepared(html))
    lowered = html.lower()
    if not any(hint in lowered for hint in _HINTS) or is_heavy(html):
        return "", False
    body = LexborHTMLParser(html).body
    if body is None:
        return "", False
    found: list[Mark] = []
    last = _last_block_quote(body)

    def mark(node: LexborNode, attributes: Attributes) -> Mark:
        if not attributes and node.tag != "blockquote":
            return Mark.NONE
        kind = Mark.QUOTE if node.mem_id == last else _kind(node, attributes)
        if kind is not Mark.NONE:
            found.append(kind)
        return kind

    text = tree_to_text(body, mark)
    return text, bool(found)


def _last_block_quote(body: LexborNode) -> int:
    """The memory id of the outermost block quote without any sign that ends the document; 0 if none does.

    With text below it such a block is the writer's own; at the end it is what was answered.
    """
    node = _last_text(body)
    found = 0
    while node is not None and node.mem_id != body.mem_id:
        if node.tag == "blockquote" and not node.attributes:
            found = node.mem_id
        node = node.parent
    return found


def _last_text(root: LexborNode) -> LexborNode | None:
    """The last node with text in it below a node."""
    node: LexborNode | None = root
    while node is not None:
        if node.is_text_node and (node.text_content or "").strip():
            return node
        if node.last_child is not None and node.tag not in ("script", "style", "head"):
            node = node.last_child
            continue
        while node is not None and node.mem_id != root.mem_id and node.prev is None:
            node = node.parent
        node = node.prev if node is not None and node.mem_id != root.mem_id else None
    return None


def _kind(node: LexborNode, attributes: Attributes) -> Mark:
    """What an element means for quoting."""
    if node.tag == "blockquote":
        return _blockquote_kind(node, attributes)
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
    match = _NAMED.search(names) if len(names) > 4 else None
    if match is not None:
        return {"cut": Mark.CUT, "quote": Mark.QUOTE}.get(match.lastgroup or "", Mark.SIGNATURE)
    if (attributes.get("name") or "").lower() == "quote":
        return Mark.QUOTE
    if "gmail_quote" in names.split() and node.css_first("blockquote, .gmail_attr") is None:
        return Mark.QUOTE
    if node.tag == "div" and _TOP_BORDER.search((attributes.get("style") or "").lower()):
        return Mark.CUT if _opens_headers(node) else Mark.NONE
    return Mark.NONE


def _blockquote_kind(node: LexborNode, attributes: Attributes) -> Mark:
    """Block quotes of mail programs say so; one without any sign may be the writer's own."""
    classes = (attributes.get("class") or "").lower()
    cited = (attributes.get("type") or "").lower() == "cite" or "cite" in attributes or "quote" in classes
    drawn = "border-left" in (attributes.get("style") or "")
    above = node.parent
    contained = above is not None and "gmail_quote" in (above.attributes.get("class") or "")
    return Mark.QUOTE if cited or drawn or contained else Mark.NONE


def _opens_headers(node: LexborNode) -> bool:
    """Whether an element's text begins with a header line such as "From: …" or "差出人: …"."""
    match = _HEADER_START.match((node.text(deep=True) or "")[:200])
    return match is not None and match.group(1).strip().lower().replace("\xa0", " ") in words.HEADER_KINDS
