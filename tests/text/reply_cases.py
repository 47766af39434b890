"""Mails as people's programs write them: (what it is, the body, what was newly written)."""

# ruff: noqa: E501 (a line of a case is a line of a mail)

_HEAD_LINES = {
    "English, Gmail": "On Wed, May 1, 2024 at 10:00 AM Hana Mori <hana@shop.example> wrote:",
    "English, Gmail with narrow blank": "On Wed, May 1, 2024 at 10:00\u202fAM Hana Mori <hana@shop.example> wrote:",
    "English, Apple": "On 1 May 2024, at 10:00, Hana Mori <hana@shop.example> wrote:",
    "English, Thunderbird": "On 5/1/24 10:00, Hana Mori wrote:",
    "English, date in ISO": "On 2024-05-01 10:00, Hana Mori wrote:",
    "English, Notes": "Hana Mori/Desk/Shop wrote on 05/01/2024 10:00:00 AM:",
    "German, Gmail": "Am Mi., 1. Mai 2024 um 10:00 Uhr schrieb Hana Mori <hana@shop.example>:",
    "German, Thunderbird": "Am 01.05.2024 um 10:00 schrieb Hana Mori:",
    "German, Apple": "Am 01.05.2024 um 10:00 schrieb Hana Mori <hana@shop.example>:",
    "German, name first": "Hana Mori <hana@shop.example> schrieb am Mi., 1. Mai 2024, 10:00:",
    "French, Gmail": "Le mer. 1 mai 2024 à 10:00, Hana Mori <hana@shop.example> a écrit :",
    "French, Thunderbird": "Le 01/05/2024 à 10:00, Hana Mori a écrit\xa0:",
    "Spanish, Gmail": "El mié, 1 may 2024 a las 10:00, Hana Mori (<hana@shop.example>) escribió:",
    "Spanish, Apple": "El 1 may 2024, a las 10:00, Hana Mori <hana@shop.example> escribió:",
    "Italian, Gmail": "Il giorno mer 1 mag 2024 alle ore 10:00 Hana Mori <hana@shop.example> ha scritto:",
    "Italian, Thunderbird": "Il 01/05/2024 10:00, Hana Mori ha scritto:",
    "Portuguese, Gmail": "Em qua., 1 de mai. de 2024 às 10:00, Hana Mori <hana@shop.example> escreveu:",
    "Portuguese, Apple": "No dia 01/05/2024, às 10:00, Hana Mori <hana@shop.example> escreveu:",
    "Dutch, Gmail": "Op wo 1 mei 2024 om 10:00 schreef Hana Mori <hana@shop.example>:",
    "Dutch, Apple": "Op 1 mei 2024 om 10:00 heeft Hana Mori <hana@shop.example> het volgende geschreven:",
    "Polish, Gmail": "śr., 1 maj 2024 o 10:00 Hana Mori <hana@shop.example> napisał(a):",
    "Polish, Thunderbird": "W dniu 01.05.2024 o 10:00, Hana Mori pisze:",
    "Polish, other": "Dnia 1 maja 2024 10:00 Hana Mori <hana@shop.example> napisała:",
    "Czech, Gmail": "st 1. 5. 2024 v 10:00 odesílatel Hana Mori <hana@shop.example> napsal:",
    "Czech, Thunderbird": "Dne 01. 05. 24 v 10:00 Hana Mori napsal(a):",
    "Slovak, Gmail": "st 1. 5. 2024 o 10:00 Hana Mori <hana@shop.example> napísal(a):",
    "Swedish, Gmail": "Den ons 1 maj 2024 kl 10:00 skrev Hana Mori <hana@shop.example>:",
    "Danish, Gmail": "Den ons. 1. maj 2024 kl. 10.00 skrev Hana Mori <hana@shop.example>:",
    "Norwegian, Gmail": "ons. 1. mai 2024 kl. 10:00 skrev Hana Mori <hana@shop.example>:",
    "Finnish, Gmail": "ke 1. toukok. 2024 klo 10.00 Hana Mori (hana@shop.example) kirjoitti:",
    "Hungarian, Gmail": "Hana Mori <hana@shop.example> ezt írta (időpont: 2024. máj. 1., Sze, 10:00):",
    "Romanian, Gmail": "În mie., 1 mai 2024 la 10:00, Hana Mori <hana@shop.example> a scris:",
    "Greek, Gmail": "Στις Τετ 1 Μαΐ 2024 στις 10:00 π.μ., ο/η Hana Mori <hana@shop.example> έγραψε:",
    "Turkish, Gmail": "Hana Mori <hana@shop.example>, 1 May 2024 Çar, 10:00 tarihinde şunu yazdı:",
    "Russian, Gmail": "ср, 1 мая 2024 г. в 10:00, Hana Mori <hana@shop.example>:",
    "Russian, Apple": "1 мая 2024 г., в 10:00, Hana Mori <hana@shop.example> написал(а):",
    "Russian, Thunderbird": "01.05.2024 10:00, Hana Mori пишет:",
    "Ukrainian, Gmail": "ср, 1 трав. 2024 р. о 10:00 Hana Mori <hana@shop.example> пише:",
    "Bulgarian, Gmail": "На ср, 1.05.2024 г. в 10:00 Hana Mori <hana@shop.example> написа:",
    "Catalan, Gmail": "Missatge de Hana Mori <hana@shop.example> del dia dc., 1 de maig 2024 a les 10:00:",
    "Croatian, Gmail": "sri, 1. svi 2024. u 10:00 Hana Mori <hana@shop.example> napisao je:",
    "Slovenian, Gmail": "V V sre., 1. maj 2024 ob 10:00 je oseba Hana Mori <hana@shop.example> napisala:",
    "Indonesian, Gmail": "Pada tanggal Rab, 1 Mei 2024 pukul 10.00 Hana Mori <hana@shop.example> menulis:",
    "Vietnamese, Gmail": "Vào Th 4, 1 thg 5, 2024 vào lúc 10:00 Hana Mori <hana@shop.example> đã viết:",
    "Thai, Gmail": "ในวันที่ พ. 1 พ.ค. 2024 เวลา 10:00 Hana Mori <hana@shop.example> เขียนว่า:",
    "Hebrew, Gmail": "\u202bבתאריך יום ד׳, 1 במאי 2024 ב-10:00 מאת \u202aHana Mori\u202c <\u202ahana@shop.example\u202c>:\u202c",
    "Arabic, Gmail": "في الأربعاء، 1 مايو 2024 في 10:00 ص تمت كتابة ما يلي بواسطة Hana Mori <hana@shop.example>:",
    "Chinese, Gmail": "Hana Mori <hana@shop.example> 于2024年5月1日周三 10:00写道：",
    "Chinese, traditional": "Hana Mori <hana@shop.example> 於 2024年5月1日 週三 上午10:00寫道：",
    "Chinese, Thunderbird": "在 2024/5/1 10:00, Hana Mori 写道:",
    "Korean, Gmail": "2024년 5월 1일 (수) 오전 10:00, Hana Mori <hana@shop.example>님이 작성:",
    "Korean, Apple": "2024. 5. 1. 오전 10:00, Hana Mori <hana@shop.example> 작성:",
    "Japanese, Gmail": "2024年5月1日(水) 10:00 森はな <hana@shop.example>:",
    "Japanese, Apple": "2024/05/01 10:00、森はな <hana@shop.example>のメール:",
    "Japanese, Apple of later years": "2024年5月1日 10:00、森はな <hana@shop.example>のメール:",
    "Japanese, Thunderbird": "On 2024/05/01 10:00, 森はな wrote:",
    "Japanese, Thunderbird with brackets": "(2024/05/01 10:00), 森はな wrote:",
    "Japanese, wrote": "2024年5月1日 10:00 森はな <hana@shop.example> さんは書きました:",
    "Japanese, wrote at": "2024年5月1日(水) 10:00 に 森はな <hana@shop.example> さんが書きました:",
    "Japanese, old Gmail": "2024/05/01 10:00 森はな <hana@shop.example>:",
    "Japanese, Gmail with zone": "2024年5月1日(水) 10:00 'サポート窓口' via Support <support@shop.example>:",
}

_HEADER_BLOCKS = {
    "English": "From: Hana Mori <hana@shop.example>\nSent: Wednesday, May 1, 2024 10:00 AM\nTo: Ken <ken@mail.example>\n"
    "Subject: RE: Order 1024",
    "English with Cc and line wrap": "From: Hana Mori [mailto:hana@shop.example]\nSent: Wednesday, May 1, 2024 10:00 AM\n"
    "To: Ken <ken@mail.example>; Rin <rin@mail.example>;\n Yui <yui@mail.example>\nCc: desk@shop.example\nSubject: RE: Order 1024",
    "English, bold": "*From:* Hana Mori <hana@shop.example>\n*Sent:* Wednesday, May 1, 2024 10:00 AM\n*To:* Ken\n*Subject:* Order",
    "English, Date second": "From: hana@shop.example\nDate: Wed, 1 May 2024 10:00:00 +0900\nTo: ken@mail.example\nSubject: Order",
    "English, Date first": "Date: Wed, 1 May 2024 10:00:00 +0900\nFrom: hana@shop.example\nSubject: Order\nTo: ken@mail.example",
    "German": "Von: Hana Mori <hana@shop.example>\nGesendet: Mittwoch, 1. Mai 2024 10:00\nAn: Ken <ken@mail.example>\n"
    "Betreff: AW: Bestellung",
    "French": "De\xa0: Hana Mori <hana@shop.example>\nEnvoyé\xa0: mercredi 1 mai 2024 10:00\nÀ\xa0: Ken <ken@mail.example>\n"
    "Objet\xa0: RE: Commande",
    "Spanish": "De: Hana Mori <hana@shop.example>\nEnviado el: miércoles, 1 de mayo de 2024 10:00\nPara: Ken\nAsunto: RE: Pedido",
    "Italian": "Da: Hana Mori <hana@shop.example>\nInviato: mercoledì 1 maggio 2024 10:00\nA: Ken\nOggetto: R: Ordine",
    "Portuguese": "De: Hana Mori <hana@shop.example>\nEnviado: quarta-feira, 1 de maio de 2024 10:00\nPara: Ken\nAssunto: RE: Pedido",
    "Dutch": "Van: Hana Mori <hana@shop.example>\nVerzonden: woensdag 1 mei 2024 10:00\nAan: Ken\nOnderwerp: RE: Bestelling",
    "Polish": "Od: Hana Mori <hana@shop.example>\nWysłano: środa, 1 maja 2024 10:00\nDo: Ken\nTemat: ODP: Zamówienie",
    "Czech": "Od: Hana Mori <hana@shop.example>\nOdesláno: středa 1. května 2024 10:00\nKomu: Ken\nPředmět: RE: Objednávka",
    "Swedish": "Från: Hana Mori <hana@shop.example>\nSkickat: den 1 maj 2024 10:00\nTill: Ken\nÄmne: Sv: Order",
    "Danish": "Fra: Hana Mori <hana@shop.example>\nSendt: 1. maj 2024 10:00\nTil: Ken\nEmne: SV: Ordre",
    "Finnish": "Lähettäjä: Hana Mori <hana@shop.example>\nLähetetty: keskiviikko 1. toukokuuta 2024 10.00\n"
    "Vastaanottaja: Ken\nAihe: VS: Tilaus",
    "Hungarian": "Feladó: Hana Mori <hana@shop.example>\nElküldve: 2024. május 1. 10:00\nCímzett: Ken\nTárgy: RE: Rendelés",
    "Turkish": "Kimden: Hana Mori <hana@shop.example>\nGönderildi: 1 Mayıs 2024 Çarşamba 10:00\nKime: Ken\nKonu: YNT: Sipariş",
    "Russian": "От: Hana Mori <hana@shop.example>\nОтправлено: 1 мая 2024 г. 10:00\nКому: Ken\nТема: RE: Заказ",
    "Greek": "Από: Hana Mori <hana@shop.example>\nΣτάλθηκε: Τετάρτη, 1 Μαΐου 2024 10:00\nΠρος: Ken\nΘέμα: RE: Παραγγελία",
    "Japanese": "差出人: 森はな <hana@shop.example>\n送信日時: 2024年5月1日 10:00\n宛先: 健 <ken@mail.example>\n件名: RE: 注文1024",
    "Japanese, full width": "差出人：森はな <hana@shop.example>\n送信日時：2024年5月1日 10:00\n宛先：健\nCC：窓口\n件名：RE: 注文1024",
    "Japanese program, English words": "From: 森はな <hana@shop.example>\nSent: 2024年5月1日 10:00\nTo: 健\nSubject: RE: 注文1024",
    "Japanese, subject first": "件名: RE: 注文1024\n差出人: hana@shop.example\n日時: 2024年5月1日 10:00\n宛先: ken@mail.example",
    "Chinese": "发件人: Hana Mori <hana@shop.example>\n发送时间: 2024年5月1日 10:00\n收件人: Ken\n主题: 回复: 订单",
    "Chinese, traditional": "寄件者: Hana Mori <hana@shop.example>\n寄件日期: 2024年5月1日 10:00\n收件者: Ken\n主旨: RE: 訂單",
    "Korean": "보낸 사람: Hana Mori <hana@shop.example>\n보낸 날짜: 2024년 5월 1일 수요일 오전 10:00\n받는 사람: Ken\n제목: RE: 주문",
}

_ORIGINAL_LINES = [
    "-----Original Message-----",
    "----- Original Message -----",
    "-------- Original message --------",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Oryginalna wiadomość-----",
    "-----Původní zpráva-----",
    "-----Eredeti üzenet-----",
    "-----Orijinal Mesaj-----",
    "-----Исходное сообщение-----",
    "-----Αρχικό μήνυμα-----",
    "-----元のメッセージ-----",
    "----- 元のメール -----",
    "------------------ 原始邮件 ------------------",
    "-----원본 메시지-----",
    "----- Reply message -----",
]

_DEVICE_LINES = [
    "Sent from my iPhone",
    "Sent from my iPhone, please excuse typos",
    "Sent from my Verizon Wireless BlackBerry",
    "Sent from Outlook for iOS",
    "Sent from Yahoo Mail on Android",
    "Sent from Mail for Windows",
    "Sent via the Samsung Galaxy S21 5G",
    "Sent with Proton Mail secure email.",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon mobile Samsung",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Отправлено с iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "iPhone-omról küldve",
    "iPhone’umdan gönderildi",
    "Trimis de pe iPhone",
    "Στάλθηκε από το iPhone μου",
    "Надіслано з iPhone",
    "Đã gửi từ iPhone của tôi",
    "ส่งจาก iPhone ของฉัน",
    "发自我的iPhone",
    "從我的iPhone傳送",
    "나의 iPhone에서 보냄",
    "iPhoneから送信",
    "私のiPhoneから送信",
    "iPadから送信",
    "Galaxyから送信",
    "Yahoo!メール(iOS)から送信",
    "Androidスマートフォンから送信されました",
    "Outlook for iOS を入手<https://aka.ms/o0ukef>",
    "iOS版Outlookを取得",
    "ドコモのスマートフォンから送信",
    "נשלח מה-iPhone שלי",
    "أُرسلت من الـ iPhone",
]

_OLD = "Thank you for your order.\nIt left our house today."
_MARKED = "> Thank you for your order.\n>\n> It left our house today."


def _generated() -> list[tuple[str, str, str]]:
    """Every announcing line with the two ways in which a quote follows it, and every device line."""
    cases: list[tuple[str, str, str]] = []
    for name, line in _HEAD_LINES.items():
        cases.append((f"{name}: marked", f"It has not come yet.\n\n{line}\n\n{_MARKED}\n", "It has not come yet."))
        cases.append((f"{name}: unmarked", f"まだ届きません。\n\n{line}\n\n{_OLD}\n", "まだ届きません。"))
    for name, block in _HEADER_BLOCKS.items():
        rule = "_" * 32
        cases.append((f"Headers, {name}", f"Please see below.\n\n{block}\n\n{_OLD}\n", "Please see below."))
        cases.append((f"Headers and rule, {name}", f"了解です。\n\n{rule}\n{block}\n\n{_OLD}\n", "了解です。"))
    for line in _ORIGINAL_LINES:
        cases.append((f"Line {line}", f"OK, danke!\n\n{line}\n{_OLD}\n", "OK, danke!"))
    for line in _DEVICE_LINES:
        cases.append((f"Device: {line}", f"Where is it?\n\n{line}\n", "Where is it?"))
        head = _HEAD_LINES["English, Gmail"]
        cases.append(
            (f"Device above a quote: {line}", f"Where is it?\n\n{line}\n\n{head}\n\n{_MARKED}", "Where is it?")
        )
    return cases


GENERATED = _generated()

_ON = _HEAD_LINES["English, Gmail"]

WRITTEN: list[tuple[str, str, str]] = [
    (
        "an attribution wrapped before the address",
        "Yes, please.\n\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori <\nhana@shop.example> wrote:\n\n> Shall we?",
        "Yes, please.",
    ),
    (
        "an attribution wrapped over three lines",
        "Yes, please.\n\nOn Wed, May 1,\n2024 at 10:00 AM Hana Mori <hana@shop.example>\nwrote:\n\n> Shall we?",
        "Yes, please.",
    ),
    (
        "a wrapped attribution above unmarked text",
        "Yes.\n\nOn Wed, 1 May 2024 at 10:00, Hana Mori via Support\n<hana@shop.example> wrote:\n\nShall we?\n",
        "Yes.",
    ),
    (
        "a wrapped German attribution",
        "Ja, bitte.\n\nAm Mi., 1. Mai 2024 um 10:00 Uhr schrieb Hana Mori von der\nWerkstatt <hana@shop.example>:\n\n> Sollen wir?",
        "Ja, bitte.",
    ),
    (
        "a wrapped Japanese attribution",
        "お願いします。\n\n2024年5月1日(水) 10:00 株式会社青空商店 サポート窓口 <\nsupport@shop.example>:\n\n> いかがでしょうか。",
        "お願いします。",
    ),
    (
        "a French attribution broken before the colon",
        "Oui merci\n\nLe mer. 1 mai 2024 à 10:00, Hana Mori <hana@shop.example> a écrit\n:\n\n> On y va ?",
        "Oui merci",
    ),
    (
        "an attribution directly below the text",
        "Yes.\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori <hana@shop.example> wrote:\n> Shall we?",
        "Yes.",
    ),
    ("an attribution in a language nobody listed", "Jo.\n\nHana <hana@shop.example> xyzzy 10:00:\n\n> Hm?", "Jo."),
    ("a name and a verb", "Sure.\n\nHana wrote:\n\n> Shall we?", "Sure."),
    ("さんは書きました", "承知しました。\n\n森さんは書きました:\n> いかがでしょうか。", "承知しました。"),
    (
        "さんは書きました without a colon",
        "承知しました。\n\n2024/05/01 森さんは書きました\n> いかがでしょうか。",
        "承知しました。",
    ),
    (
        "the date and the writer on two lines, as Becky! does",
        "承知しました。\n\nOn Wed, 01 May 2024 10:00:00 +0900\n森はな <hana@shop.example> wrote:\n\n> いかがでしょうか。",
        "承知しました。",
    ),
    (
        "a message id and a writer, as older programs do",
        "承知しました。\n\nIn message <20240501.100@shop.example>\n   森はな <hana@shop.example> wrote:\n\n> いかがでしょうか。",
        "承知しました。",
    ),
    (
        "a marked Apple head in Japanese",
        "届きました。ありがとうございます。\n\niPhoneから送信\n\n> 2024/05/01 10:00、森はな <hana@shop.example>のメール:\n>\n> \ufeff\n> 発送しました。",
        "届きました。ありがとうございます。",
    ),
    (
        "an original message whose lines are marked",
        "承知しました。\n\n----- Original Message -----\n> From: hana@shop.example\n> いかがでしょうか。\n\nよろしくお願いします。",
        "承知しました。\n\nよろしくお願いします。",
    ),
    (
        "the answer below the quote",
        f"{_ON}\n\n> Which size?\n> Which colour?\n\nMedium, and blue please.\n",
        "Medium, and blue please.",
    ),
    (
        "answers between quotes",
        f"Hi Hana,\n\n{_ON}\n> Which size?\n\nMedium.\n\n> Which colour?\n\nBlue.\n\nThanks,\nKen",
        "Hi Hana,\n\nMedium.\n\nBlue.\n\nThanks,\nKen",
    ),
    (
        "answers directly between quotes",
        "> サイズはいかがなさいますか。\nMでお願いします。\n> お色は。\n青で。\n",
        "Mでお願いします。\n\n青で。",
    ),
    (
        "the quote between greeting and regards",
        f"Here it is.\n\n{_ON}\n\n> Send me the number.\n\nRegards, Ken",
        "Here it is.\n\nRegards, Ken",
    ),
    (
        "a quoted line that a program wrapped",
        "Yes.\n\n> We would like to know whether the parcel has been delivered to your\ndoor already\n> or not.\n\nKen",
        "Yes.\n\nKen",
    ),
    ("quotes within quotes", f"No.\n\n{_ON}\n>> Really?\n> Yes.\n>>> Hm.\n", "No."),
    ("quote marks of full width", "いいえ。\n\n＞本当ですか。\n＞はい。", "いいえ。"),
    ("only a quote", "> Thank you for your order.\n> It left today.", "> Thank you for your order.\n> It left today."),
    ("only an attribution and a quote", f"{_ON}\n\n> Hello", f"{_ON}\n\n> Hello"),
    (
        "only a forward",
        "---------- Forwarded message ---------\nFrom: Rin <rin@mail.example>\nSubject: Broken\n\nIt broke.",
        "---------- Forwarded message ---------\nFrom: Rin <rin@mail.example>\nSubject: Broken\n\nIt broke.",
    ),
    (
        "a forward with a word on top",
        "Can you help her?\n\n---------- Forwarded message ---------\nFrom: Rin <rin@mail.example>\nSubject: Broken\n\nIt broke.",
        "Can you help her?",
    ),
    (
        "a forward by Apple Mail in Japanese",
        "ご確認ください。\n\n転送されたメッセージ:\n\n差出人: 凛 <rin@mail.example>\n件名: 故障\n\n壊れました。",
        "ご確認ください。",
    ),
    ("only a signature above a quote", f"Sent from my iPhone\n\n{_ON}\n\n> Hello", "Sent from my iPhone"),
    (
        "our marker",
        "Still waiting.\n\n##- Please type your reply above this line -##\n\nYour request has been updated.",
        "Still waiting.",
    ),
    (
        "our marker in Japanese, marked, below an attribution nobody listed",
        "まだです。\n\n青空商店 <support@shop.example> 10:00 記:\n> ##- この行より上にご返信をご記入ください -##\n>\n> 更新されました。",
        "まだです。",
    ),
    ("somebody else's marker", "Fine.\n\n--- Reply above this line ---\n\nTicket updated", "Fine."),
    ("a delimited signature", "Thanks!\n\n-- \nKen Sato\nMail Example Ltd\n+81 3 0000 0000", "Thanks!"),
    ("a delimited signature whose blank was lost", "Thanks!\n\n--\nKen Sato\nMail Example Ltd", "Thanks!"),
    ("a delimited signature above a quote", f"Thanks!\n\n-- \nKen\n\n{_ON}\n\n> Hello\n", "Thanks!"),
    ("a dashed name", "Sounds good.\n\n-Ken", "Sounds good."),
    ("a bare sign-off", "Sounds good.\n\nThanks,\nKen", "Sounds good.\n\nThanks,\nKen"),
    (
        "a bare Japanese sign-off",
        "承知しました。\n\nよろしくお願いいたします。\n佐藤",
        "承知しました。\n\nよろしくお願いいたします。\n佐藤",
    ),
    (
        "a boxed Japanese signature",
        "よろしくお願いいたします。\n\n━━━━━━━━━━━━━━━━\n株式会社みなと商事\n佐藤 健\nTEL: 03-0000-0000\nken@mail.example\n━━━━━━━━━━━━━━━━",
        "よろしくお願いいたします。",
    ),
    (
        "a boxed signature of equal signs",
        "よろしくお願いします。\n\n====================\n佐藤 健\n〒100-0000 東京都\nhttps://mail.example\n====================\n",
        "よろしくお願いします。",
    ),
    (
        "a boxed signature with a rule inside",
        "以上です。\n\n◆◇◆◇◆◇◆◇◆◇◆◇\nみなと商事 営業部\n佐藤\n------------------\n電話 03-0000-0000\n◆◇◆◇◆◇◆◇◆◇◆◇",
        "以上です。",
    ),
    (
        "an ornamental rule of underscores and slashes",
        "以上です。\n\n_/_/_/_/_/_/_/_/_/_/_/\n佐藤 健\nken@mail.example\n_/_/_/_/_/_/_/_/_/_/_/",
        "以上です。",
    ),
    (
        "a mailing list's footer",
        "Works for me.\n_______________________________________________\ntea mailing list\ntea@lists.example\n"
        "https://lists.example/tea",
        "Works for me.",
    ),
    ("a device line in asterisks", "Yes\n\n*Sent from my iPhone*", "Yes"),
    (
        "a device line with another below",
        "はい\n\niPhoneから送信\n\nOutlook for iOS を入手<https://aka.ms/x>",
        "はい",
    ),
    ("Windows line ends", f"Yes.\r\n\r\n{_ON}\r\n\r\n> Shall we?\r\n", "Yes."),
    ("old Macintosh line ends", f"Yes.\r\r{_ON}\r\r> Shall we?\r", "Yes."),
    ("nothing", "", ""),
    ("blank lines", "\n \n\t\n", ""),
]

KEPT: list[tuple[str, str]] = [
    ("On the other hand", "I like it.\n\nOn the other hand, it is expensive:\n\nthe price doubled."),
    ("On in prose with a date", "On Monday 5 May the courier came.\nOn Tuesday he did not."),
    ("wrote in prose", "Your colleague wrote to me on Monday that it is fine.\nIs that so?"),
    ("somebody wrote:, with words after it", "My neighbour wrote:\n\nThe parcel is here.\n\nBut it is not."),
    ("from: in prose", "I ordered from: the blue shop.\nIt never came."),
    ("a journey", "From: Tokyo\nTo: Osaka\nDate: 5 May\n\nCan I change this ticket?"),
    ("a short list of fields", "Order: 1024\nDate: 5 May\nColour: blue\n\nPlease change the colour."),
    ("a list in Japanese", "日時: 5月1日\n場所: 渋谷\n\nに変更できますか。"),
    ("dashes in the middle of a line", "It is -- as I said -- broken.\nPlease help."),
    ("a rule between paragraphs", "First part.\n\n----------\n\nSecond part. It is longer.\nIt goes on."),
    ("a Markdown table", "Name | Qty\n--- | ---\nTea | 2\n\nIs that right?"),
    ("a diff", "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-old\n+new\n\nWith this it works."),
    ("a shell", "I did this:\n\n> npm install tea\n> npm start\n\nand it failed."),
    ("a Python prompt", "I get this:\n\n>>> import tea\n>>> tea.brew()\nError\n\nWhat is wrong?"),
    ("an ornament", "Look here\n>>> >>> https://shop.example <<<\nIt is on the front page."),
    ("a list with hyphens", "I need:\n- tea\n- cups\n\n- and sugar"),
    ("arrows", "Home -> Settings -> Language\n=> nothing happens"),
    ("a phrase like a device line", "Sent from my desk, it is much easier than on my phone."),
    ("送信 in prose", "昨日メールから送信した写真は届きましたか。確認をお願いします。"),
    ("a sentence that ends in から送信しました", "先ほど写真をフォームから送信しました。"),
    ("an address at the end of a line", "Please write to hana@shop.example:\n\nshe knows."),
    ("a time and a colon", "明日の10:00に伺います。持ち物：\n\n印鑑"),
    ("quotation marks", "「> は使わない」と書いてありました。\nどういう意味ですか。"),
    ("comparison", "3 > 2 と表示されます。\nx >= 3 でも同じです。"),
    (
        "a box of text",
        "==========\n重要\n==========\n\n明日までに返事をください。困っています。\nよろしくお願いします。",
    ),
]

HTML: list[tuple[str, str, str]] = [
    (
        "Gmail",
        '<div dir="ltr">Yes, please.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Wed, May 1, 2024 at 10:00 AM Hana Mori &lt;hana@shop.example&gt; wrote:<br></div><blockquote class="gmail_quote" style="border-left:1px solid"><div>Shall we?</div></blockquote></div>',
        "Yes, please.",
    ),
    (
        "Gmail, answers between the quotes",
        '<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Wed, May 1, 2024 at 10:00 AM Hana Mori &lt;hana@shop.example&gt; wrote:<br></div><blockquote class="gmail_quote">Which size?</blockquote><div>Medium.</div><blockquote class="gmail_quote">Colour?</blockquote><div>Blue.</div></div></div>',
        "Medium.\n\nBlue.",
    ),
    (
        "Gmail of earlier years",
        'Yes<div class="gmail_extra"><br><div class="gmail_quote">On Wed, May 1, 2024 at 10:00 AM Hana Mori &lt;hana@shop.example&gt; wrote:<br><blockquote class="gmail_quote">x</blockquote></div></div>',
        "Yes",
    ),
    (
        "Gmail in a language nobody listed",
        '<div>Jo</div><div class="gmail_quote"><div class="gmail_attr">Xyz abc<br></div><blockquote class="gmail_quote">a</blockquote></div>',
        "Jo",
    ),
    (
        "Outlook",
        '<html><body><div class="WordSection1"><p class="MsoNormal">Please see below.</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Hana Mori &lt;hana@shop.example&gt;<br><b>Sent:</b> Wed<br><b>To:</b> Ken<br><b>Subject:</b> Order</p></div></div><p class="MsoNormal">Old</p></div></body></html>',
        "Please see below.",
    ),
    (
        "Outlook in Japanese",
        '<div class="WordSection1"><p class="MsoNormal">了解です。</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0mm 0mm 0mm"><p class="MsoNormal"><b>差出人:</b> 森<br><b>送信日時:</b> 水</p></div><p>古い</p></div>',
        "了解です。",
    ),
    (
        "Outlook on the web",
        '<div dir="ltr">OK</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Hana</font></div><div>Old</div>',
        "OK",
    ),
    (
        "Outlook on a telephone",
        '<div>OK</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for iOS</a></div><div id="mail-editor-reference-message-container"><div>x</div></div>',
        "OK",
    ),
    (
        "Thunderbird, with words below",
        '<p>Yes.</p><div class="moz-cite-prefix">On 5/1/24 10:00, Hana wrote:<br></div><blockquote type="cite" cite="mid:x"><p>Shall we?</p></blockquote><p>And more.</p><div class="moz-signature">-- <br>Ken</div>',
        "Yes.\n\nAnd more.",
    ),
    (
        "Apple Mail",
        '<div>Yes</div><div><br><blockquote type="cite"><div>On 1 May 2024, at 10:00, Hana &lt;h@s.example&gt; wrote:</div><br><div>Shall</div></blockquote></div>',
        "Yes",
    ),
    (
        "Yahoo",
        '<div>Yes</div><div id="ydp123yahoo_quoted_1" class="ydp123yahoo_quoted"><div>On Wed, Hana wrote:</div><div>x</div></div>',
        "Yes",
    ),
    (
        "Proton",
        '<div>Yes</div><div class="protonmail_signature_block">Sent with Proton Mail</div><div class="protonmail_quote">On x wrote:<blockquote class="protonmail_quote" type="cite">y</blockquote></div>',
        "Yes",
    ),
    ("GMX", '<div>Ja</div><div name="quote" style="margin:10px"><div>Gesendet: x</div>alt</div>', "Ja"),
    (
        "Zoho",
        '<div>Yes</div><div class="zmail_extra" style=""><div id="Zm-_Id_-Sgn1">---- On Wed ----</div><blockquote>alt</blockquote></div>',
        "Yes",
    ),
    (
        "the writer's own block quote",
        "<p>He said:</p><blockquote>to be or not</blockquote><p>Nice.</p>",
        "He said:\n\nto be or not\n\nNice.",
    ),
    ("only a quote", '<div class="gmail_quote"><blockquote class="gmail_quote">a</blockquote></div>', "> a"),
    ("Hotmail", '<div>Yes</div><hr id="stopSpelling">Date: x<br>From: y', "Yes"),
]

WRITTEN += [
    (
        "Gmail's wrap before the bracket",
        "Yes.\n\nOn Tue, Apr 29, 2014 at 4:22 PM, Example Dev <sugar@shop.example\n> wrote:\n\n> a\n> b",
        "Yes.",
    ),
    (
        "Gmail's wrap, unmarked",
        "Yes.\n\nOn Tue, Apr 29, 2014 at 4:22 PM, Example Dev <sugar@shop.example\n> wrote:\n\na\nb",
        "Yes.",
    ),
    ("an old Gmail head without a colon", "Yes.\n\n2011/4/19 Bob Smith <bob@shop.example>\n\n> a\n> b", "Yes."),
    ("an old Gmail head", "Yes.\n\n2011/4/19 Bob Smith <bob@shop.example>:\n\na\nb", "Yes."),
    (
        "a dashed name above a list's footer",
        "Hi folks\n\nHow do I?\n\n-Ken Sato\n\n\n_______________________________________________\nriak-users mailing list\nriak-users@lists.example\nhttp://lists.example/x",
        "Hi folks\n\nHow do I?",
    ),
    (
        "a sentence like a device line",
        "Fine.\n\nSent from a magnificent torch of pixels\n\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori <hana@shop.example> wrote:\n> x",
        "Fine.\n\nSent from a magnificent torch of pixels",
    ),
    (
        "a telephone's line that runs into the head",
        "Test\n\nSent from Samsung MobileHana Mori <hana@shop.example> wrote:\n\n> \n> x",
        "Test",
    ),
    (
        "a verb glued to the bracket",
        "Test\n\nOn Fri, May 6, 2011 at 6:03 PM, John from News\n<x@shop.example>wrote:\n> q",
        "Test",
    ),
    ("one more, 8", "Ja\n\nAm 02.10.2013 um 11:30 schrieb Bob\nDylan <bob@shop.example>:\n\nq", "Ja"),
    ("one more, 9", "Ja\n\nOp 13-02-2014 3:18 schreef Julius <j@shop.example>:\n\nq", "Ja"),
    (
        "one more, 10",
        "Tak\n\nW dniu 28 stycznia 2015 01:53 użytkownik Zoe <zoe@shop.example>\nnapisał:\n\nq",
        "Tak",
    ),
    ("one more, 11", "Ja\n\nDen 24 mars 2014 kl. 09:14 skrev Bob:\n\n> q", "Ja"),
    (
        "one more, 12",
        "Vâng\n\nVào 14:24 8 tháng 6, 2017, Hùng Nguyễn <h@shop.example> đã viết:\n\nq",
        "Vâng",
    ),
    ("one more, 13", "Test\n\n---- Hana Mori wrote ----\n\nq", "Test"),
    (
        "one more, 14",
        "Test\n\n---- On Tue, 10 Jul 2012 10:00:00 +0900 Hana <h@shop.example> wrote ----\n\nq",
        "Test",
    ),
    (
        "one more, 15",
        "Test\n\n--- On Tue, 5/1/12, Hana Mori <hana@shop.example> wrote:\n\nFrom: Hana <hana@shop.example>\nSubject: x\nTo: y\n\nq",
        "Test",
    ),
    ("one more, 16", "Test\n\n2014-04-07 10:00 GMT+02:00 Hana <h@shop.example>:\n\nq", "Test"),
    (
        "one more, 17",
        "Test\n\nIl giorno 07/apr/2014, alle ore 10:00, Hana <h@shop.example> ha scritto:\n\nq",
        "Test",
    ),
    ("one more, 18", 'Test\n\nOn 3 Nov 2015 4:10 pm, "Hana" <h@shop.example> wrote:\n\nq', "Test"),
    ("one more, 19", "Test\n\nOn 1 May 2024, 10:00 +0900, Hana <h@shop.example>, wrote:\nq", "Test"),
    ("one more, 20", "Test\n\nHana <h@shop.example> a écrit le 1 mai 2024 à 10:00 :\nq", "Test"),
    ("one more, 21", "Test\n\nOn Wednesday, May 1, 2024, Hana Mori <hana@shop.example> wrote:\nq", "Test"),
    ("one more, 22", "Test\n\nOn May 1, 2024 10:00 AM, Hana Mori <hana@shop.example> wrote:\nq", "Test"),
    ("one more, 23", "Test\n\nOn 01/05/2024, hana@shop.example <hana@shop.example> wrote:\nq", "Test"),
    (
        "one more, 24",
        "Test\n\nOn Wed, 1 May 2024 at 10:00 am, Hana\n<hana@shop.example> wrote:\n\n> Hi\n\n--\nList footer\nhttps://lists.example",
        "Test",
    ),
    (
        "one more, 25",
        "了解です。\n\n> 2024/05/01 10:00、森はな <hana@shop.example>のメール:\n> \n> よろしく\n",
        "了解です。",
    ),
    (
        "one more, 26",
        "了解です。\n\n2024年5月1日(水) 10:00 森はな <hana@shop.example> wrote:\n\n> x\n\n\n-- \n佐藤",
        "了解です。",
    ),
    ("one more, 27", "了解です。\n\n2024年5月1日水曜日 10:00:00 森 <hana@shop.example>:\nx", "了解です。"),
    ("one more, 28", "了解です。\n\n2024年5月1日 午前10:00 森 <hana@shop.example>:\n\nx", "了解です。"),
    (
        "one more, 29",
        "了解です。\n\n-------- 転送メッセージ --------\n件名: x\n日付: y\n差出人: z\n\nabc",
        "了解です。",
    ),
    (
        "one more, 30",
        "了解です。\n\n-------- Original Message --------\n件名: x\n日付: y\n差出人: z\n\nabc",
        "了解です。",
    ),
    ("one more, 31", "了解です。\n\n森はな さんは 2024年5月1日 10:00 に書きました:\n> x", "了解です。"),
    ("one more, 32", "了解です。\n\n森はな<hana@shop.example>さんからのメッセージ：\n> x", "了解です。"),
    (
        "one more, 33",
        '了解です。\n佐藤\n\n--------------------------------------------------\nFrom: "森" <hana@shop.example>\nSent: Wednesday, May 01, 2024 10:00 AM\nTo: <ken@mail.example>\nSubject: Re: x\n\nabc',
        "了解です。\n佐藤",
    ),
    (
        "one more, 34",
        "お世話になります。\n佐藤です。\n\n届きました。\n\n*****************************\n佐藤 健（さとう けん）\nE-mail: ken@mail.example\n*****************************\n\n2024年5月1日(水) 10:00 森 <hana@shop.example>:\n> x",
        "お世話になります。\n佐藤です。\n\n届きました。",
    ),
    ("one more, 35", "お願いします。\n\n-------------------\n佐藤 健\n090-0000-0000\n", "お願いします。"),
    (
        "one more, 36",
        "お願いします。\n\n--------\n注文番号: 1024\n商品: 茶碗\n",
        "お願いします。\n\n--------\n注文番号: 1024\n商品: 茶碗",
    ),
    (
        "one more, 37",
        "Thanks\n\n***\n\nPS: call me at +81 3 0000 0000, I am home after six.",
        "Thanks\n\n***\n\nPS: call me at +81 3 0000 0000, I am home after six.",
    ),
    (
        "one more, 38",
        "Hello\n\n> a\n\nOn 5 May I will be away.\nSee you",
        "Hello\n\nOn 5 May I will be away.\nSee you",
    ),
    (
        "one more, 41",
        "Hi Hana,\n\nmy answers are in line.\n\nHana Mori wrote:\n> Size?\nM\n> Colour?\nblue\n\nKen",
        "Hi Hana,\n\nmy answers are in line.\n\nM\n\nblue\n\nKen",
    ),
    (
        "one more, 42",
        "Yes\n\nBest regards,\nKen Sato\nMail Example Ltd.\nTel: +81 3 0000 0000\nwww.mail.example",
        "Yes\n\nBest regards,\nKen Sato\nMail Example Ltd.\nTel: +81 3 0000 0000\nwww.mail.example",
    ),
    (
        "one more, 43",
        "Yes\n\nFrom: Hana Mori\nSent: Wednesday, May 1, 2024 10:00 AM\nTo: Ken Sato\nSubject: x\n\nabc",
        "Yes",
    ),
    (
        "one more, 44",
        "Yes\n\nFrom: Hana Mori <hana@shop.example> \nDate: Wednesday, May 1, 2024 at 10:00 AM \nTo: Ken Sato <ken@mail.example> \nSubject: x \n\nabc",
        "Yes",
    ),
    (
        "one more, 45",
        "Yes\n\n* From: * Hana Mori <hana@shop.example>\n* Sent: * x\n* To: * Ken\n\nabc",
        "Yes",
    ),
    (
        "one more, 46",
        "Yes\n\n**From:** Hana Mori <hana@shop.example>\n**Sent:** x\n**To:** Ken\n\nabc",
        "Yes",
    ),
    ("one more, 51", "Yes\n\n-----Original Message-----\nFrom: Hana\n\n> a\nb", "Yes"),
    (
        "one more, 52",
        "Danke!\n\n> Am 01.05.2024 um 10:00 schrieb Hana <h@shop.example>:\n> \n> \ufeffHallo\n",
        "Danke!",
    ),
    (
        "one more, 53",
        "Danke!\nVon meinem iPhone gesendet\n\n> Am 01.05.2024 um 10:00 schrieb Hana <h@shop.example>:\n> \n> \ufeffHallo\n",
        "Danke!",
    ),
    (
        "one more, 54",
        "Merci\n\nEnvoyé à partir de Outlook pour Android<https://aka.ms/x>\n________________________________\nDe : Hana <h@shop.example>\nEnvoyé : mercredi\nÀ : Ken\nObjet : x\n\nabc",
        "Merci",
    ),
    (
        "one more, 55",
        "Hi\n\nSent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows\n\nFrom: Hana<mailto:h@shop.example>\nSent: x\nTo: y\nSubject: z\n\nabc",
        "Hi",
    ),
    (
        "one more, 56",
        "Hi\n\nVirus-free. www.avast.com <https://www.avast.com/x>\n\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori <hana@shop.example> wrote:\n\n> x",
        "Hi",
    ),
    ("a quote of one line that begins like a command", "> use the blue one\n\nOk.", "Ok."),
    ("a quoted question that begins like a command", "> for which order is it\n\n1024", "1024"),
]

WRITTEN += [
    (
        "an attribution on the line of the last word",
        "Fine by me On Wed, May 1, 2024 at 10:00 AM, hana@shop.example wrote:\n> Shall we?",
        "Fine by me",
    ),
    (
        "an attribution glued to the last word by hyphens, below another line",
        "Fine by me.\nMonday suits- as said--- On Wed, May 1, 2024 at 10:00 AM, hana@shop.example wrote:\n> Shall we?",
        "Fine by me.\nMonday suits- as said",
    ),
    (
        "an attribution without a date",
        "It works now.\n\nKen\n\nHana <hana@shop.example> wrote:\n\nDear Ken,\nplease try again.",
        "It works now.\n\nKen",
    ),
    (
        "an attribution with a blank line and a link in it",
        "It works.\n\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori\n\n<\nmailto:Hana Mori <hana@shop.example>\n"
        "> wrote:\nPlease try again.\n",
        "It works.",
    ),
    (
        "a head between rules without blanks",
        "No, thank you.\n\n------On 5/1/2024 10:00 AM, Hana Mori wrote-----\n\nAnother cup?",
        "No, thank you.",
    ),
    (
        "a rule with words nobody listed, above a header block",
        "Ja.\n\n----- Zpráva předchozí -----\nOd: hana@shop.example\nKomu: ken@mail.example\nPředmět: x\n\nDotaz",
        "Ja.",
    ),
    ("a French rule", "Oui.\n\n----- Mail original -----\nDe: hana@shop.example\n\nAlors ?", "Oui."),
    (
        "a program's line over the original",
        "Ja bitte.\n\n[Original Message processed by carrier®](https://carrier.example)\nalt",
        "Ja bitte.",
    ),
    (
        "a link that wrapping cut inside a quote",
        f"Seen.\n\n{_ON}\n\n> See (https://shop.example/very/long\n_path?x=1)\n>\n> Bye",
        "Seen.",
    ),
    (
        "a link in brackets that lost its mark",
        f"Seen.\n\n{_ON}\n\n> Answer here\n (https://shop.example/answer) >\n> Bye",
        "Seen.",
    ),
    (
        "a list's footer with a long link",
        "Works.\n\n_______________________________________________\ntea mailing list\ntea@lists.example\n"
        "https://lists.example/cgi-bin/mailman/listinfo/tea-and-other-hot-drinks_lists.example\n",
        "Works.",
    ),
    ("a telephone's line with an apology", "Yes\n\nSent from my cell, please excuse any typos.", "Yes"),
    ("a telephone's line in angle brackets", "Yes\n\n<<sent by galaxy>>", "Yes"),
    ("a program that nobody listed", "Yes\n\nSent from HarbourApp<https://harbour.example/app>", "Yes"),
    ("a telephone in German", "Ja\n\nVon meinem Mobilgerät gesendet", "Ja"),
]

KEPT += [
    ("a name that wrote something", "My colleague wrote: it is broken.\nPlease help."),
    ("a link in brackets", "Please look here:\n(https://mail.example/photo)\nand tell me."),
    ("an office", "I cannot print.\n\nSent from my office, which has no telephone."),
    ("rules with words", "--- Question 1 ---\nWhy?\n\n--- Question 2 ---\nHow?"),
]

HTML += [
    (
        "a block quote without a sign at the end",
        "<div>Yes, please.</div><div><br></div><blockquote><div>Another cup?</div></blockquote><br>",
        "Yes, please.",
    ),
    (
        "a block quote without a sign amid the text",
        "<div>You write</div><blockquote>free of charge</blockquote><div>but I was charged.</div>",
        "You write\n\nfree of charge\n\nbut I was charged.",
    ),
]
