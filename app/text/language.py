"""Which of the desk's languages a text is written in, from its letters and commonest words."""

import re

_SAMPLE = 4000
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30fa\u30fd-\u30ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[a-z\u00df-\u024f']+")
# Addresses and quoted lines say nothing about the writer's language.
_NOISE = re.compile(r"https?://\S+|\S+@\S+|^[ \t]*[>|].*$", re.MULTILINE)
# Kanji whose shape or use is Japanese: enough to tell 返金希望 from Chinese when there is no kana at all.
_JAPANESE_HAN = re.compile("[込働畑峠辻枠栃匂塀気円図売読変応検権沢経続総営駅様願御致頂届払戻択済]")

_CHINESE_HAN = re.compile("[的了是我们們这這个個吗嗎请請您没沒订單单你他她怎么麼]")
_SHORT = 40

_ENGLISH = set(
    """the and you for is are was to of in it that this i my we our please thanks thank hello hi not have has
    with your can could would when what how why there they be been on at from if but do does did don't i'm
    it's an or so no yes me us will just am order help need any get got still about after before""".split()  # noqa: SIM905
)
_OTHER = (
    set(
        """der die das und ist nicht ich sie mit ein eine für auf bitte danke wir habe le la les et est je vous
    nous pas une des pour bonjour merci avec que el los las y es no por para una hola gracias como pero il
    che di non sono per grazie ciao un del o os um uma não obrigado com het een niet ik van en zijn dank jag
    och att det är på jeg og ikke på z jest nie się dla proszę w na do""".split()  # noqa: SIM905
    )
    - _ENGLISH
)


def guess(text: str) -> str:
    """Gives "ja", "en", or "" for another language or none; reads 4,000 characters at most."""
    sample = _NOISE.sub(" ", text[:_SAMPLE])
    kana, han = len(_KANA.findall(sample)), len(_HAN.findall(sample))
    latin, hangul = len(_LATIN.findall(sample)), len(_HANGUL.findall(sample))
    if hangul > kana + han:
        return ""
    if kana and (kana + han) * 4 >= latin:
        return "ja"
    if han * 4 >= latin and han:
        chinese = _CHINESE_HAN.search(sample) is not None or han > _SHORT
        return "ja" if _JAPANESE_HAN.search(sample) or not chinese else ""
    return "en" if latin and _is_english(sample.lower()) else ""


def _is_english(sample: str) -> bool:
    """Whether English function words outnumber those of other Latin-script languages."""
    words = _WORD.findall(sample)
    if not words:
        return False
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER or not word.isascii() for word in words)
    return english > other and english * 12 >= len(words)
