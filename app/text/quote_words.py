"""The words by which mail programs announce a quote, in the languages they are set to.

Tables only: attribution lines ("On … wrote:"), header blocks without any ">" (From/Von/差出人 …), the line
over an original message, the line over a forwarded one, and the names of the months. They were gathered
from what Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Becky! and telephones write.
"""

import re

# First word of an attribution that starts with its date; a date must follow on that line or the next.
_OPENERS = (
    "On|At|Am|Um|Le|El|El d[ií]a|Il|Il giorno|Em|No dia|Op|W dniu|Dnia|Dne|Dňa|Dana|Den|Dato|På|Pe|În|La"
    "|Στις|Pada|Vào|Vào lúc|เมื่อ|На|Вы|V|בתאריך|ב-|في|در تاریخ|于|在|與|With|In message|In article"
    "|In(?= <)|Quoting|Date:|A(?= \\d)|Na|dn\\.|Kl\\."
)
_WEEKDAYS = (
    "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom|gio"
    "|seg|ter|qua|qui|sex|ma|wo|za|zo|pon|wt|śr|czw|pt|sob|niedz|po|út|st|čt|pá|ne|man|tir|ons|tor|fre|lør"
    "|søn|mån|tis|fre|lör|sön|ke|ti|to|pe|la|su|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг"
    "|пятница|суббота|воскресенье|нд|h|sze|cs|szo|v|pzt|sal|çar|per|cum|cmt|paz|t[2-7]|cn"
)
_MONTHS = (
    "jan|feb|mar|mär|mrt|apr|avr|abr|ma[yijg]|máj|maio|jun|juin|juil|jul|giu|lug|ago|aug|aoû|août|avg|sep"
    "|set|sett|oct|ott|okt|out|nov|dec|dez|déc|dic|gen|ene|fev|fév|févr|mag|tammi|helmi|maalis|huhti|touko"
    "|kesä|heinä|elo|syys|loka|marras|joulu|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|led|úno|bře|dub|kvě|čer"
    "|srp|zář|říj|pro|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер"
    "|жов|лис|гру|ιαν|φεβ|μαρ|απρ|μα[ΐϊί]|ιουν|ιουλ|αυγ|σεπ|οκτ|νοε|δεκ|oca|şub|nis|haz|tem|ağu|eyl|eki|kas"
    "|ara|ม\\.ค|ก\\.พ|มี\\.ค|เม\\.ย|พ\\.ค|มิ\\.ย|ก\\.ค|ส\\.ค|ก\\.ย|ต\\.ค|พ\\.ย|ธ\\.ค|tháng|thg"
)
# "wrote", as it stands in attribution lines.
_VERBS = (
    r"wrote|writes|(?<!\w)said(?=\s*[:：])|schrieb(?:en)?|geschrieben|a écrit|écrivait|a e'crit|escribi[óo]|escribe"
    r"|ha scritto|scrive|escreveu|schreef|geschreven|napisał(?:a|\(a\))?|pisze|napsal(?:a|\(a\))?|napísal(?:a|\(a\))?"
    r"|skrev(?:et)?|kirjoitti|ezt írta|írta|a scris|έγραψε|yazdı|написал(?:а|\(а\))?|пишет|писал(?:а|\(а\))?"
    r"|написав|написала|пише|написа|je napisa(?:o|la|o/la)|napisao|je napisal|rašė|parašė|rakstīja|kirjutas"
    r"|va escriure|menulis|đã viết|viết|เขียนว่า|เขียน|כתב(?:ה|/ה)?|מאת|كتب|نوشت|ने लिखा"
    r"|写道|寫道|写到|撰写|님이 작성|님이 쓴 글|작성|쓴 글|님의 말"
    r"|のメール|のメッセージ|からのメール|からのメッセージ|書きました|書いた|書かれました|のたまいました|wrote\.\.\."
)
_NUMERIC_DATE = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}|\d{4}\s?年|\d{4}\s?년|\b(?:19|20|25)\d\d\b"

OPENER = re.compile(
    rf"[\s>*_\"'(\[–-]*(?:(?:{_OPENERS})(?=[\s,:<'’0-9]|\Z)"
    rf"|(?:(?:{_WEEKDAYS})\w{{0,9}}\.?,?\s+)?\(?(?:\d{{1,4}}(?:[./-]|\.?\s|年|년|月|st|nd|rd|th)"
    rf"|(?:{_MONTHS})\w{{0,8}}\.?,?\s\d)"
    rf"|(?:令和|平成)\d)",
    re.IGNORECASE,
)
VERB = re.compile(rf"(?<![a-zA-Zа-яё])(?:{_VERBS})(?![a-zA-Zа-яё])", re.IGNORECASE)
# "---- Hana Mori wrote ----", as Zoho and some telephones put it.
RULED_HEAD = re.compile(rf"[\s>*]*-{{3,}}\s*[^\s-].{{1,200}}?(?:{_VERBS})\s*[:：]?\s*-{{3,}}\s*\Z", re.IGNORECASE)
# "Hana Mori <hana@example.jp> wrote:", without a date, as some telephones put it.
UNDATED = re.compile(rf"[^<>:]{{1,80}}<[^<>@\s]{{1,100}}@[^<>\s]{{1,200}}>\s*(?:{_VERBS})\s*[:：]\Z", re.IGNORECASE)
# An attribution on the same line as the end of what was written: "Fine! On Wed, Apr 4, 2012 … wrote:".
GLUED = re.compile(
    rf"(?P<written>\S.*?)(?:\s*-{{2,}}\s*|\s)(?=(?:On|Am|Le|El|Il|Op|Em) (?:(?i:{_WEEKDAYS})\w{{0,9}}\.?,? )?"
    rf"(?:\d{{1,4}}[ ./,-]|(?i:{_MONTHS})\w{{0,8}}\.? \d))"
)
# A line with a name between rules, of which only a header block below tells that it is one.
RULED_NAME = re.compile(r"\s*[-_*=]{3,}\s?[^\W_].{1,60}?\s?[-_*=]{3,}\s*\Z")
COLON_END = re.compile(r"[:：][\s*_\"”)\]]*\Z")
FULL_DATE = re.compile(_NUMERIC_DATE)
DATE = re.compile(
    rf"{_NUMERIC_DATE}|\d{{1,2}}\s?[月월]\s?\d{{1,2}}|\b(?:{_MONTHS})\w{{0,8}}\.?\W{{1,2}}\d{{1,2}}\b"
    rf"|\b\d{{1,2}}(?:\.|st|nd|rd|th)?\W{{1,2}}(?:de |d')?(?:{_MONTHS})",
    re.IGNORECASE,
)
TIME = re.compile(r"\d{1,2}\s?[:：時시]\s?\d{1,2}|\d{1,2}[.h]\d{2}\b|\d{1,2}\s?(?:[ap]\.?m\b|Uhr|時)", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]@[^\s<>()\[\]\"',;:]|<mailto:")

_ORIGINAL = (
    "original (?:message|mail|e-?mail|appointment|msg)|reply message|antwort nachricht"
    "|ursprüngliche (?:nachricht|mail|e-mail)"
    "|original-?nachricht|originalnachricht|urspr(?:ungl)?\\. ?nachricht|message d['’ ]?origine|message original"
    "|message initial|(?:courriel|e-?mail|mail) (?:original|d['’]origine)"
    "|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    "|origineel bericht|ursprungligt meddelande|originalmeddelande|oprindelig (?:meddelelse|besked)"
    "|original besked|opprinnelig melding|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna"
    "|wiadomość pierwotna|původní (?:zpráva|e-mail)|pôvodná správa|eredeti üzenet|mesaj(?:ul)? (?:original|inițial)"
    "|orijinal (?:mesaj|ileti)|özgün ileti|исходное сообщение|исходное письмо|пересылаемое сообщение"
    "|оригінальне повідомлення|оригинално съобщение|αρχικό μήνυμα|izvorna poruka|originalna poruka"
    "|izvirno sporočilo|missatge original|pesan asli|mesej asal|tin nhắn gốc|thư gốc|ข้อความต้นฉบับ"
    "|ההודעה המקורית|הודעה מקורית|الرسالة الأصلية|پیام اصلی"
    "|元のメッセージ|元のメール|オリジナル ?メッセージ|原始邮件|原始信件|原始郵件|原邮件|原文|원본 메시지"
    "|원본 메일|원본메일"
    "|원본 이메일"
)
_FORWARDED = (
    "forwarded (?:message|mail|by)|begin forwarded message|fwd(?:ed)? message|weitergeleitete nachricht"
    "|anfang der weitergeleiteten (?:nachricht|e-mail)|message transféré|début du message (?:transféré|réexpédié)"
    "|message réexpédié|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato"
    "|inizio (?:del )?messaggio inoltrato|mensagem (?:encaminhada|reencaminhada)|início da mensagem"
    " (?:encaminhada|reencaminhada)|doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat (?:brev"
    "|meddelande)"
    "|vidarebefordrat mejl|videresendt (?:meddelelse|melding|besked)|start på videresendt (?:besked|melding)"
    "|välitetty viesti|välitetty viesti alkaa|przekazana wiadomość|wiadomość przekazana dalej|přeposlaná zpráva"
    "|preposlaná správa|továbbított üzenet|mesaj redirecționat|iletilen (?:mesaj|ileti)|προωθημένο μήνυμα"
    "|переадресованное сообщение|пересылаемое сообщение|начало переадресованного сообщения|пересланное сообщение"
    "|переслане повідомлення|препратено съобщение|proslijeđena poruka|pesan terusan|thư đã chuyển tiếp"
    "|转发的邮件|转发邮件|轉寄郵件|轉寄的郵件|已转发邮件|转发的信息|전달된 메시지|전달된 메일"
    "|転送メッセージ|転送メール|転送されたメッセージ|転送されたメール|メッセージの転送|以下転送|ここから転送"
)
_RULE = r"[-=_*─━－—–~#]"
ORIGINAL = re.compile(
    rf"[\s>*]*(?:{_RULE}{{2,}}\s*(?:{_ORIGINAL})\s*:?\s*(?:{_RULE}{{2,}}|\Z)"
    rf"|(?:{_ORIGINAL})\s*:?\s*{_RULE}{{2,}}\s*\Z"
    r"|\[?original message processed by \S.{0,120}\Z)",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    rf"[\s>*]*(?:{_RULE}{{2,}}\s*(?:{_FORWARDED})\b.{{0,120}}|(?:{_FORWARDED})\s*[:：]\s*\Z)", re.IGNORECASE
)

_KEYS = {
    "from": "from|von|de|da|od|van|från|fra|lähettäjä|feladó|kimden|gönderen|από|от|від|отправитель|מאת|من|از"
    "|差出人|送信者|送信元|発信者|寄件者|发件人|發件人|寄件人|보낸 사람|보낸사람|보낸이|발신|발신자|dari|từ|จาก|de la"
    "|expéditeur|absender|mittente|remitente|remetente|nadawca|odesílatel|odosielateľ|afsender|avsender"
    "|expeditor|šalje|kirjoittaja|saatja|nuo|no|pošiljatelj",
    "date": "sent|date|gesendet|gesendet am|datum|envoyé|envoyé le|enviado|enviado el|enviado em|enviada|enviada em"
    "|enviada el|fecha|data|inviato|data invio|verzonden|verzonden op|wysłano|wysłane|data wysłania|odesláno"
    "|odoslané|odoslaná|dátum|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|elküldve|küldés dátuma|trimis"
    "|data trimiterii|gönderildi|gönderme tarihi|gönderim tarihi|tarih|στάλθηκε|ημερομηνία|отправлено|дата"
    "|дата отправки|изпратено|надіслано|poslano|送信日時|送信日|日時|日付|送信時間|受信日時|发送时间|发送日期|時間"
    "|发件时间|發送時間|傳送時間|寄件日期|日期|时间|보낸 날짜|보낸날짜|날짜|보낸 시간|일시|dikirim|tanggal"
    "|đã gửi|ngày"
    "|date d'envoi|ส่งเมื่อ|วันที่|תאריך|נשלח|تاريخ الإرسال|تم الإرسال|التاريخ|تاریخ|saadetud|išsiųsta",
    "to": "to|an|à|a|para|naar|aan|do|komu|till|til|vastaanottaja|címzett|către|kime|alıcı|προς|кому|до|за"
    "|宛先|送信先|収件人|收件人|收件者|받는 사람|받는사람|받는이|수신|수신자|kepada|untuk|đến|tới|ถึง|אל|إلى|به"
    "|destinataire|destinataires|empfänger|destinatario|destinatário|dla|adresat|odbiorca|modtager|mottaker|za"
    "|kam|prima",
    "cc": "cc|bcc|kopie|copie|copie à|копия|копія|抄送|副本|참조|kopia|kopio|másolatot kap|c\\.c\\.|κοιν"
    "|κοινοποίηση|ccn"
    "|cci|dw|dv|bilgi|uw|kopi|copia|同报",
    "subject": "subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|předmět|predmet|ämne|emne|aihe"
    "|tárgy|subiect|konu|θέμα|тема|относно|件名|題名|タイトル|主题|主題|主旨|제목|perihal|subjek|chủ đề"
    "|tiêu đề|เรื่อง"
    "|נושא|الموضوع|موضوع|naslov|zadeva|teema|tema",
    "other": "reply-to|attachments|anlagen|importance|priority|添付ファイル|返信先|resent-from|organization"
    "|newsgroups"
    "|message-id|x-mailer|mailed-by|signed-by|reply to|antwort an|répondre à|responder a|重要度",
}
HEADER_KINDS = {word.replace("\\", ""): kind for kind, words in _KEYS.items() for word in words.split("|")}
HEADER = re.compile(r"[\s>*_|・]{0,8}([^\W\d_][\w.'’ \xa0-]{0,24}?)[\s\xa0\u3000]{0,4}[*_]{0,2}\s?[:：](?!//)")
