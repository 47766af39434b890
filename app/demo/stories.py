"""What happened at Tsukinowa lately: short scripts that the seed plays through the desk's own doors."""

from __future__ import annotations

from app.demo.cast import ORDERS, STUDIO, WHOLESALE
from app.demo.script import Story, answers, does, notes, rates, says, solved

LISTED = "Item,Pieces,Value (NOK)\nTea bowl 月白,2,940\nTea caddy 中,1,310\n".encode()
FORM = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 300]/Contents 4 0 R"
    b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
    b"4 0 obj<</Length 92>>stream\nBT /F 18 Tf 40 230 Td (Customs declaration CN 23) Tj "
    b"0 -40 Td (EE 482 113 905 JP) Tj ET"
    b"              \nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

STORIES = (
    Story(
        "hannah",
        50,
        "Lid of the replacement teapot is loose",
        "Hello,\n\nthe new teapot is here, thank you! But its lid is loose and rattles when I pour. "
        "Can this still be solved before Saturday? We serve the first guests at nine.\n\nHannah",
        (
            does("team", ORDERS),
            does("assign", "mio"),
            does("priority", "high"),
            does("tag", "replacement"),
            answers(
                "mio",
                25,
                "Dear Hannah,\n\nthank you for telling us, and I am sorry again. I am asking our Uji shop for a "
                "matched pot and lid. You will hear from me before noon.\n\nMio",
            ),
            notes(
                "mio",
                4,
                "@岡部 賢司 lids are ground to their own pot, so a lid alone will not do. Is there a matched pair at "
                "the Uji shop? On the 15:00 pickup it still arrives on Friday.",
            ),
            notes("kenji", 40, "宇治店に一組あります。取り置きしました。15時の集荷に間に合います。"),
            says(
                2700,
                "Writing once more so that Jonas, who runs the café with me, can read along. "
                "On Friday one of us is here from 18:00.",
            ),
        ),
    ),
    Story(
        "ayaka",
        3.2,
        "交換品の急須の蓋がゆるい",
        "お世話になっております。森下です。\n\n交換していただいた急須が届きました。ありがとうございます。"
        "ただ、蓋がゆるく、注ぐときにかたかたと鳴ります。土曜日までに何とかなりますでしょうか。\n\n森下 彩香",
        (
            does("team", ORDERS, "kenji"),
            does("assign", "kenji", "kenji"),
            does("tag", "交換", "kenji"),
            notes(
                "kenji",
                8,
                "蓋は本体ごとに擦り合わせているので、蓋だけの交換はできません。宇治店に共の品があるか確認します。",
            ),
        ),
    ),
    Story(
        "kazuko",
        5.5,
        "ご注文 TK-21044 が「準備中」のままです",
        "先週の木曜日に注文した湯呑み五客（TK-21044）ですが、まだ「準備中」と表示されています。\n"
        "法事で使いますので、25日までに必要です。ご確認をお願いいたします。\n\n大西",
        (does("team", ORDERS, "yuki"), does("priority", "urgent", "yuki"), does("tag", "配送", "yuki")),
    ),
    Story(
        "priya",
        0.7,
        "Is the matcha whisk bamboo or resin?",
        "Hi! Is the whisk in the matcha starter set made of bamboo or of resin? I am allergic to lacquer.\n\nPriya",
    ),
    Story(
        "sota",
        1.9,
        "配達日の変更",
        "明日届く予定の荷物ですが、金曜日の午前中に変更できますか。\n新井",
        (does("team", ORDERS, "kenji"), does("tag", "配送", "kenji")),
    ),
    Story(
        "marc",
        27,
        "Wholesale: 12 kg hojicha for December",
        "Good morning,\n\nsame roast as in October, please, 12 kg in 500 g bags, delivered in the week of 7 December. "
        "Does the October price still hold?\n\nMarc Oyelaran\nCafé Lumen",
        (
            does("team", WHOLESALE),
            does("assign", "mio"),
            does("tag", "wholesale"),
            answers(
                "mio",
                90,
                "Good morning Marc,\n\nyes, the October price holds until the end of the year. I have put 24 bags "
                "aside and will send the pro-forma today.\n\nMio",
            ),
        ),
    ),
    Story(
        "ingrid",
        30,
        "Customs form for Oslo",
        "Tollvesenet asks for a value in NOK on the customs form of my parcel (tracking EE 482 113 905 JP). "
        "Could you send me a corrected one?\n\nIngrid Vass",
        (does("team", ORDERS), does("tag", "customs")),
        html="<p>Tollvesenet asks for a <b>value in NOK</b> on the customs form of my parcel "
        "(tracking <code>EE 482 113 905 JP</code>). Could you send me a corrected one?</p><p>Ingrid Vass</p>",
        files=(("CN23.pdf", "application/pdf", FORM), ("parcel.csv", "text/csv", LISTED)),
    ),
    Story(
        "tomoko",
        20,
        "二か所へのギフト包装",
        "速水と申します。一つは母へ、もう一つは友人へ、それぞれ別の包装紙とのしでお願いできますか。",
        (
            does("assign", "kenji", "kenji"),
            answers(
                "kenji",
                35,
                "速水様\n\nお問い合わせありがとうございます。はい、別々の包装紙とのしで承れます。"
                "それぞれの表書きとお名前をお知らせください。\n\n岡部",
            ),
            says(600, "ありがとうございます。母には「御祝 速水朋子」、友人には「内祝 速水」でお願いします。"),
        ),
    ),
    Story(
        "daniel",
        44,
        "Can I still join Sunday's kiln visit?",
        "There are two of us, my daughter is nine. The page says it is full, but is there a waiting list?\n\nDaniel",
        (
            does("team", STUDIO, "rosa"),
            does("assign", "rosa", "mio"),
            answers("rosa", 55, "Hello Daniel,\n\nthere is: you are third on it. I will write by Friday noon.\n\nRosa"),
        ),
    ),
    Story(
        "meiling",
        52,
        "Refund for the chipped cup",
        "It has not reached my account after two weeks. The order was TK-20871.\n\nMei-Ling Chou",
        (
            does("tag", "refund"),
            does("assign", "mio"),
            notes("mio", 20, "Refund was booked on the 9th; the card issuer says 10 working days."),
        ),
    ),
    Story(
        "beatrix",
        53,
        "Glaze colours for the spring catalogue",
        "Are the celadon and the iron glaze of the sample board both available in the 12 cm bowl? "
        "We close the catalogue on the 30th.\n\nBeatrix Holm, Holm & Sons",
        (does("team", WHOLESALE), does("tag", "wholesale")),
    ),
    Story(
        "ryo",
        75,
        "お茶の定期便、一月の休止",
        "出張のため、一月分の定期便をお休みしたいです。二月から再開をお願いします。中川",
        (
            does("assign", "kenji", "kenji"),
            answers("kenji", 22, "中川様\n\n一月分を休止し、二月十日のお届けから再開いたします。\n\n岡部"),
            says(30, "早速ありがとうございます。"),
            solved("kenji", 5),
            rates(5, "とても早くて助かりました。"),
        ),
    ),
    Story(
        "shiho",
        98,
        "急須の茶渋の落とし方",
        "常滑焼の急須に茶渋がつきました。重曹を使ってもよいでしょうか。\n長谷川",
        (
            does("assign", "kenji", "kenji"),
            answers(
                "kenji",
                18,
                "長谷川様\n\n**重曹で大丈夫です。** 次の順でお試しください。\n\n1. ぬるま湯に小さじ一杯を溶かす\n"
                "2. 三十分つける\n3. 柔らかい布で拭く\n\n金気のたわしは釉を傷めますのでお避けください。\n\n岡部",
            ),
            solved("kenji"),
            rates(5, "丁寧に教えていただきました。"),
        ),
    ),
    Story(
        "tom",
        100,
        "Is the glaze on my older cup safe?",
        "I bought a red Raku cup in 1998 at your shop in Uji. Is the glaze food safe?\n\nTom Weller",
        (
            does("assign", "mio"),
            answers("mio", 75, "Hello Tom,\n\nyes: all our glazes have been free of lead since 1974.\n\nMio"),
            solved("mio"),
            rates(4, "Good answer, took an hour."),
        ),
    ),
    Story(
        "hannah",
        172,
        "Wholesale price list 2027",
        "Could you send me the 2027 list when it is out? Thank you!\n\nHannah",
        (
            does("team", WHOLESALE),
            does("assign", "mio"),
            answers("mio", 130, "Dear Hannah,\n\nhere it is in words: prices stay, postage rises by 4 %.\n\nMio"),
            solved("mio"),
            rates(5),
        ),
    ),
    Story(
        "meiling",
        148,
        "Cup arrived chipped",
        "The small blue cup of order TK-20871 arrived with a chip on the rim. A refund is fine.\n\nMei-Ling",
        (
            does("tag", "damaged"),
            answers("mio", 240, "I am sorry, Mei-Ling. The refund of ¥4,200 is on its way.\n\nMio"),
            solved("mio"),
            rates(3, "Fine, but I had to wait half a day."),
        ),
    ),
    Story(
        "sota",
        196,
        "領収書の宛名",
        "領収書の宛名を「株式会社くも」にしていただけますか。新井",
        (
            answers("kenji", 12, "新井様\n\n宛名を変更した領収書をお送りしました。ご確認ください。\n\n岡部"),
            solved("kenji"),
        ),
    ),
    Story(
        "priya",
        220,
        "Does the kettle work on induction?",
        "The iron kettle in size 1.2 l: induction or gas only?",
        (
            answers("mio", 46, "Hello Priya,\n\nboth, at medium heat. Please never heat it empty.\n\nMio"),
            solved("mio"),
            rates(5, "Clear and kind."),
        ),
    ),
    Story(
        "daniel",
        244,
        "Lost the booking mail",
        "I cannot find the mail with the time of our kiln visit.",
        (
            does("team", STUDIO),
            answers("rosa", 31, "Hello Daniel,\n\nit is Sunday at 10:30. I have sent the mail again.\n\nRosa"),
            solved("rosa"),
            rates(4),
        ),
    ),
    Story(
        "kazuko",
        268,
        "湯呑みの色違いについて",
        "写真より色が濃いように思います。個体差でしょうか。大西",
        (
            answers("yuki", 320, "大西様\n\n窯変による個体差でございます。お気に召さない場合は交換を承ります。\n\n森"),
            solved("yuki"),
            rates(2, "返事に時間がかかりました。"),
        ),
    ),
    Story(
        "marc",
        292,
        "Invoice TK-W-311: VAT number",
        "Our VAT number is missing on the invoice. Could you add FR 44 832 114 902?",
        (
            does("team", WHOLESALE),
            answers("mio", 15, "Corrected invoice attached in your account, Marc.\n\nMio"),
            solved("mio"),
            rates(5),
        ),
    ),
    Story(
        "tomoko",
        316,
        "茶筒のサイズ",
        "百グラムの茶葉が入る茶筒はどれでしょうか。",
        (answers("kenji", 9, "「中」のサイズがちょうど百グラム用です。\n\n岡部"), solved("kenji"), rates(5)),
    ),
    Story(
        "sota",
        0.25,
        "",
        "こんにちは。抹茶茶碗の「月白」は再入荷の予定がありますか。",
        (
            does("team", ORDERS, "kenji"),
            answers(
                "kenji", 2, "こんにちは。12月3日に十客入荷いたします。お取り置きもできますが、いかがなさいますか。"
            ),
            says(3, "ぜひお願いします！一客、取り置きをお願いします。"),
        ),
        channel="chat",
    ),
    Story(
        "beatrix",
        0.15,
        "",
        "Hi, do you ship the large storage jar to Denmark? The basket says no.",
        channel="chat",
    ),
    Story(
        "shiho",
        7,
        "名入れの可否について",
        "還暦祝いに、湯呑みへ名前を入れていただくことはできますか。一月末までに必要です。\n長谷川 志穂",
        (does("team", ORDERS, "kenji"), does("tag", "名入れ", "kenji")),
        channel="form",
    ),
    Story(
        "tom",
        23,
        "Broken handle on arrival",
        "The iron kettle arrived with its handle bent. Two pictures can follow. Order TK-21102.",
        (
            does("tag", "damaged"),
            does("priority", "high"),
            does("assign", "mio"),
            answers("mio", 50, "Dear Tom,\n\nI am sorry. A new kettle leaves Uji tomorrow; keep the old one.\n\nMio"),
        ),
        channel="form",
    ),
)
