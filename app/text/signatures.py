"""Signatures at the end of what a person wrote: found, and told apart from a bare sign-off.

A block behind `-- ` (RFC 3676, 4.3), a boxed block of contact data as is usual in Japan, a line that a
telephone or mail program added. "Thanks,\\nAnna" is no signature here: a person wrote it.
"""

import re

_DELIMITER = re.compile(r"\s{0,3}(?:--|__|—|――)\s{0,3}")
_LONG_RULE = re.compile(r"\s*([-=_*#~+─━－—―═＝＊～◆◇■□●○★☆◎▲△▼▽∞♪♦.・…/|｜:<>^┏┓┗┛┳┻┌┐└┘\s])+\s*")
_RULE_RUN = re.compile(
    r"[-=_*#~+─━－—―═＝＊～…・.]{5,}|(?:[◆◇■□●○★☆◎▲△▼▽∞♪♦]\s?){4,}|(?:_/){3,}|(?:[-=*+.~◆◇■□・_]\S?){8,}"
    r"|(?:\+-|-\+|=-|-=){3,}"
)
# What only a card carries: addresses, numbers, companies, lists.
_CONTACT = re.compile(
    r"[^\s@]{1,64}@[^\s@]{1,190}\.\w|https?://|www\.|\b(?:tel|fax|phone|mobile|mail|e-?mail|telefon|tél|url"
    r"|hp)\b\s*[.:：/]"
    r"|\+?\d[\d ()./-]{6,}\d|〒|株式会社|有限会社|合同会社|携帯|電話|ＴＥＬ|ＦＡＸ|住所|部\s|課\s|mailing list"
    r"|unsubscribe"
    r"|\b(?:GmbH|Inc\.|Ltd|LLC|S\.A\.|B\.V\.|Co\.)",
    re.IGNORECASE,
)
_LINK_ALONE = re.compile(r"(?:\A|\s)\(?<?https?://\S+\Z")
_NAME_LINE = re.compile(r"(?:--?\s?|—\s?|–\s?)[A-ZÀ-ÖØ-ÞА-ЯĀ-Ž][\w'’.-]{0,24}(?: [A-ZÀ-ÖØ-ÞА-ЯĀ-Ž][\w'’.-]{0,24}){0,3}")

_PRODUCTS = (
    r"i-?phon\w*|mobil(?:ger|telefon)\w*|cell(?:phone| phone)?"
    r"|i-?pad\w*|i-?pod\w*|i-?mac|macbook|android\w*|galaxy|samsung|blackberry|outlook|gmail"
    r"|yahoo!?\w*|proton ?mail|proton"
    r"|phone|mobile|device|tablet|pixel|huawei|xiaomi|redmi|oppo|windows|nokia|htc|sony|xperia|aquos|lg"
    r"|motorola|nexus"
    r"|spark|thunderbird|airmail|mailbird|smartphone|handy|handheld|wireless|mail|mailbox|email|e-mail|nine"
    r"|aol|gmx|web\.de"
    r"|hey|zoho|fastmail|kindle|ios|mac|icloud|verizon|at&t|t-mobile|vodafone|softbank|docomo|телефон\w*"
    r"|почт\w*|ドコモ|スマートフォン"
    r"|スマホ|アプリ|メール|タブレット|ソフトバンク|手机|手機|邮箱|电脑|휴대폰|스마트폰|네이버|my"
)
_SENT_FIRST = (
    r"sent (?:from|via|with|by|using|on|through)|from my|get|download|composed (?:on|with)|posted (?:from|via)"
    r"|typed on|written on"
    r"|von meine[mr]?|gesendet (?:von|mit|aus|über|vom)|versendet (?:von|mit)|diese nachricht wurde von"
    r"|envoyé(?:e)? (?:de|depuis|à partir|avec|par|du|via)|envoy=e9|provenance|télécharge[rz]|obtenez"
    r"|enviado (?:desde|do|da|de|a partir|con|con|pelo|via|por)|obtener|obter|baixar|descargar"
    r"|inviato (?:da|dal|dalla|con|tramite)|scarica|ottieni|verstuurd (?:vanaf|vanuit|via|met)"
    r"|verzonden (?:vanaf|vanuit|via|met)"
    r"|wysłan[eo] (?:z|za pomocą|przez)|pobierz|отправлено (?:с|из|через|от)|skickat från|hämta|sendt (?:fra"
    r"|via)|hent"
    r"|lähetetty|hanki|odesláno (?:z|ze|pomocí)|odoslané (?:z|zo)|trimis (?:de pe|din|prin)|στάλθηκε (?:από|με)"
    r"|надіслано (?:з|із)|đã gửi từ|được gửi từ|dikirim (?:dari|melalui)|ส่งจาก|נשלח|أُرسلت من|تم الإرسال من"
    r"|发自|發自|来自|從我的|从我的|使用|私の"
)
_SENT_LAST = (
    r"gesendet|から送信(?:しました|されました|しています)?[。.]?|より送信[。.]?|を?(?:入手|取得"
    r"|ダウンロード)(?:する|してください)?[。.]?|küldve|gönderildi|발송|에서 보냄"
    r"|에서 보냈습니다\.?|에서 발송|다운로드|发送|发出|傳送|寄出|下载|下載|downloaden|herunterladen|laden"
    r"|indirin|letöltése"
)
_FIRST = re.compile(rf"(?:{_SENT_FIRST})\s?(.{{1,80}})", re.IGNORECASE)
_LAST = re.compile(rf"(.{{2,60}}?)\s?(?:{_SENT_LAST})(?:\s*[<(\[]https?://\S+)?", re.IGNORECASE)
_PRODUCT = re.compile(rf"(?<![^\W_])(?:{_PRODUCTS})(?![a-z])|(?:i-?phon|i-?pad|android|outlook|galaxy)", re.IGNORECASE)
_ADVERTS = re.compile(
    r"(?:virus-?free|virenfrei|sans virus|libre de virus|garanti sans virus|ウイルス ?フリー)\W.{0,80}"
    r"|(?:this (?:e-?mail|message) (?:has been|was) (?:checked|scanned) (?:for|by)"
    r"|diese e-mail wurde .{0,40}viren).{0,120}"
    r"|(?:このメールは|この e?メールは).{0,60}(?:ウイルス|ウィルス).{0,60}(?:チェック|スキャン|検査).{0,30}",
    re.IGNORECASE,
)
# "Sent from Harbour Mail": a name that no list has, and nothing else.
_SENT_FROM = re.compile(r"[Ss]ent (?:from|with|using) [A-Z][\w'’-]*(?: [\w'’-]+){0,2}")
_MAX_BLOCK = 25
_MAX_DEVICE_LINE = 160


def split_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Written lines and signature lines of a text without quotes; each may be empty."""
    end = _trimmed(lines, len(lines))
    cut = end
    for find in (_delimited, _advertised, _boxed, _advertised, _named):
        cut = _trimmed(lines, find(lines, cut))
    return lines[:cut], lines[cut:end]


def is_device_line(line: str) -> bool:
    """Whether a line is one that a telephone or mail program adds, such as "Sent from my iPhone"."""
    text = line.strip().strip("*_-–—~[]()（）「」<> \t")
    if not 4 <= len(text) <= _MAX_DEVICE_LINE:
        return False
    if _ADVERTS.fullmatch(text):
        return True
    bare = re.sub(r"\s*[<(\[]?https?://\S+", "", text).strip()
    first = _FIRST.fullmatch(bare)
    if first is not None:
        return _names_product(first.group(1)) or _SENT_FROM.fullmatch(bare) is not None
    last = _LAST.fullmatch(bare)
    return last is not None and _PRODUCT.search(last.group(1)) is not None and "。" not in last.group(1)


def _names_product(rest: str) -> bool:
    """Whether what follows "Sent from" is a product near its beginning, and not the start of a sentence."""
    words = re.split(r"[,;.。、]\s", rest, maxsplit=1)[0].split()
    sentence = len(rest.split()) > len(words) + 8
    if len(words) > 9 or sentence or not words:
        return False
    near = " ".join(words[:6])
    found = [match.group().lower() for match in _PRODUCT.finditer(near)]
    short = (
        len(words) <= 4 and words[0].lower() in ("my", "mijn", "meinem", "mon", "mi", "min", "meu") and "," not in rest
    )
    return short or any(word != "my" for word in found)


def _trimmed(lines: list[str], end: int) -> int:
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end


def _delimited(lines: list[str], end: int) -> int:
    """Where a block behind `-- ` begins: the first delimiter that is near enough to the end."""
    for index in range(end):
        line = lines[index]
        exact = line == "-- "
        if _DELIMITER.fullmatch(line) is None or not (exact or end - index <= _MAX_BLOCK):
            continue
        if not exact and index + 1 < end and not any(lines[index + 1 : min(index + 3, end)]):
            continue
        return index
    return end


def _advertised(lines: list[str], end: int) -> int:
    """Without device lines at the end."""
    while end > 0 and is_device_line(lines[end - 1][:400]):
        end = _trimmed(lines, end - 1)
    return end


def _boxed(lines: list[str], end: int) -> int:
    """Where a boxed block with contact data begins: a rule, at most 25 lines from the end, a card behind it."""
    for index in range(max(0, end - _MAX_BLOCK), end):
        if not is_rule(lines[index]):
            continue
        block = [line[:400] for line in lines[index + 1 : end]]
        if not block:
            return end
        closed = is_rule(block[-1])
        if not closed and (len(block) > 12 or sum(not line.strip() for line in block) > 3):
            continue
        contacts = sum(_CONTACT.search(line) is not None for line in block)
        prose = sum(map(_is_prose, block))
        if (contacts and not prose) or (closed and contacts > 1 and prose < 3):
            return index
    return end


def _is_prose(line: str) -> bool:
    """Whether a line reads like a sentence rather than like a line of a card."""
    text = line.strip()
    long = len(text) > 60 and _LINK_ALONE.search(text) is None
    return long or text.endswith((".", "!", "?", "。", "！", "？", "ます", "です"))


def is_rule(line: str) -> bool:
    """Whether a line is drawn: ━━━━, =====, _/_/_/, ◆◇◆◇."""
    text = line.strip()
    return 5 <= len(text) <= 200 and _RULE_RUN.match(text) is not None and _LONG_RULE.fullmatch(text) is not None


def _named(lines: list[str], end: int) -> int:
    """Without a last paragraph that is one dashed name: "-Anna", "-- Anna Smith"."""
    if end >= 2 and not lines[end - 2].strip() and _NAME_LINE.fullmatch(lines[end - 1].strip()):
        return end - 1
    return end
