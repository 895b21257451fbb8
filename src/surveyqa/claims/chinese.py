"""Chinese sentences over an English passage: what can be compared without translating."""

from __future__ import annotations

import re
from typing import Literal

from surveyqa.claims.changes import changes
from surveyqa.claims.comparisons import comparisons
from surveyqa.claims.evidence import Passage, parse
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.numbers import Quantity
from surveyqa.claims.words import name_key, read, squeeze, stem

_HAN = re.compile(r"[\u4e00-\u9fff]")
_DIGIT = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SCALE = {"十": 10, "百": 100, "千": 1e3, "万": 1e4, "亿": 1e8}
_NUMBER = re.compile(
    r"(?P<fraction>[一二两三四五六七八九十]+分之[一二两三四五六七八九十]+)"
    r"|百分之(?P<percent>[零一二两三四五六七八九十百点\d.]+)"
    r"|(?P<digits>(?<![A-Za-z\d.-])\d[\d,]*(?:\.\d+)?)(?:\s?[-–~至到]\s?(?P<top>\d+(?:\.\d+)?))?\s*(?P<letter>[KMBTkG](?![A-Za-z])|[GMT]B)?"
    r"(?P<scale>[十百千万亿]*)(?P<unit>\s*(?:个?\s?GPU\s?)?(?:%|％|×|x(?![a-z])|倍|比特|位|毫秒|秒|分钟|小时|天|周|bit))?"
    r"|(?P<han>[零一二两三四五六七八九十百千万亿]{1,8})(?:个\s?GPU\s?)?(?P<hanunit>倍|比特|位|毫秒|秒|小时|天|周|%|个|种|类|分钟|阶段)"
)
_NEGATIVE = re.compile(
    r"不(?!仅|连续|同|少|断|变|只|但|过|对称|错|可或缺|等|确定|均)|没有|无需|无须|未|无法|并非|避免|而非|免去|不再|无"
)
_ENGLISH_NEGATIVE = re.compile(
    r"\b(?:not|no|without|never|neither|nor|cannot|avoid\w*|eliminat\w*|lack\w*|fail\w*|prevent\w*|instead|free|"
    r"unlike|difficult|irrespective|un\w+|remov\w*|minimal|rather)\b",
    re.IGNORECASE,
)
_UP = re.compile(r"提高|提升|增加|加快|加速|改善|增强|更高|更快|更多|更大|扩大|上升")
_DOWN = re.compile(r"降低|减少|减小|下降|更低|更少|更小|节省|压缩|缩短|变慢|更慢|恶化|减慢|缩小")
_ENGLISH_UP = re.compile(
    r"\b(?:add|increas|improv|boost|enhanc|accelerat|speed|faster|higher|better|more|larger|expand|outperform|superior|"
    r"extend|surpass|rais|grow|gain|shorter|quick|longer|scal)\w*",
    re.IGNORECASE,
)
_ENGLISH_DOWN = re.compile(
    r"\b(?:reduc|decreas|lower|less|fewer|cut|minimi|sav|shrink|smaller|compress|diminish|drop|limit|short|slow|"
    r"degrad|efficien|cheaper|condens|prun|remov|eliminat|declin|speed|faster|lighten|quanti)\w*",
    re.IGNORECASE,
)


# Chinese word, the English word whose dimension `changes` knows.
_DIMENSIONS = {
    "吞吐": ("time", -1),
    "延迟": ("time", 1),
    "时间": ("time", 1),
    "速度": ("time", -1),
    "内存": ("memory", 1),
    "显存": ("memory", 1),
    "成本": ("cost", 1),
    "开销": ("cost", 1),
    "准确率": ("quality", 1),
    "精度": ("quality", 1),
    "性能": ("quality", 1),
    "质量": ("quality", 1),
    "困惑度": ("quality", -1),
    "能耗": ("energy", 1),
    "效率": ("efficiency", 1),
}


def _changes(text: str) -> list[tuple[str, str, int]]:
    """(word, dimension, sign) of what a Chinese sentence says goes up or down, within eight characters."""
    found = []
    for word, (dimension, sense) in _DIMENSIONS.items():
        for at in (m.start() for m in re.finditer(word, text)):
            near = text[max(0, at - 8) : at + len(word) + 8]
            up, down = bool(_UP.search(near)), bool(_DOWN.search(near))
            if up != down and not _NEGATIVE.search(near):
                found.append((word, dimension, sense if up else -sense))
    return found


def is_chinese(text: str) -> bool:
    """Whether Chinese characters make up a fifth of the letters or more."""
    han = len(_HAN.findall(text))
    return han > 0 and han >= 0.2 * max(1, len(re.findall(r"[^\W\d_]", text)))


def _han_value(text: str) -> float:
    total = section = digit = 0.0
    for c in text:
        if c in _DIGIT:
            digit = _DIGIT[c]
        elif c in "万亿":
            total = (total + section + digit) * _SCALE[c]
            section = digit = 0.0
        elif c in _SCALE:
            section += (digit or 1) * _SCALE[c]
            digit = 0.0
    return total + section + digit


_SECONDS = {"毫秒": 1e-3, "秒": 1.0, "分钟": 60.0, "小时": 3600.0, "天": 86400.0, "周": 604800.0}
_UNITS = (
    {"%": "%", "％": "%", "×": "x", "x": "x", "倍": "x"}
    | {"比特": "bit", "位": "bit", "bit": "bit"}
    | dict.fromkeys(_SECONDS, "time")
)


def quantities_of(text: str) -> list[tuple[str, Quantity]]:
    """Numbers of a Chinese sentence in base units: 1750亿 is 1.75e11, 三倍 is 3x, 百分之七十五 is 75 %."""
    found: list[tuple[str, Quantity]] = []
    text = re.sub(r"GPU\s?(?=小时|天)", "", text)
    for m in _NUMBER.finditer(text):
        spelled = False
        if m["fraction"]:
            below, above = m["fraction"].split("分之")
            value, unit = 100 * _han_value(above) / max(1.0, _han_value(below)), "%"
        elif m["percent"]:
            raw = m["percent"]
            value, unit = (float(raw) if re.fullmatch(r"[\d.]+", raw) else _han_value(raw)), "%"
        elif m["digits"]:
            value = float(m["digits"].replace(",", "").rstrip("."))
            letter = (m["letter"] or "").upper()
            value *= {"": 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "G": 1e9}.get(letter[:1], 1)
            for c in m["scale"] or "":
                value *= _SCALE[c]
            unit = _UNITS.get(
                (m["unit"] or "").strip(), "bytes" if letter.endswith("B") and len(letter) == 2 else ""
            )
            value *= _SECONDS.get((m["unit"] or "").strip(), 1)
        else:
            value, unit, spelled = _han_value(m["han"]), _UNITS.get(m["hanunit"], ""), True
            value *= _SECONDS.get(m["hanunit"], 1)
            if value < 2:
                continue
        high = value
        if m["digits"] and m["top"]:
            high = float(m["top"]) * (value / float(m["digits"].replace(",", "").rstrip(".")) if value else 1)
        found.append((m.group(0).strip(), Quantity(value, high, unit, "", 0, 0, spelled)))
    return found


_NAME = r"(?<![A-Za-z0-9.+∞-])([A-Za-z∞][A-Za-z0-9.+∞-]*(?:\s[A-Z][A-Za-z0-9.+-]*)*)"
_BEATS = re.compile(_NAME + r"[^,，。;；]{0,12}?(?:优于|超过|胜过|强于|好于|高于|快于)\s*" + _NAME)
_THAN = re.compile(
    _NAME + r"[^,，。;；]{0,6}?比\s*" + _NAME + r"[^,，。;；]{0,10}?(?:快|高|好|强|准|优|多|大|低|少|小)"
)
_COUNTED = wordset("categori categor type kind stage phase group step clas class form part")


def _compared(claim: str, passage: Passage) -> str:
    """A beats B where the passage has B before A."""
    for match in [*_BEATS.finditer(claim), *_THAN.finditer(claim)]:
        a, b = name_key(match[1]), name_key(match[2])
        for s in passage.sentences:
            for c in comparisons(s.text, (), s.denied):
                left = {t.key for t in c.left if t.key} | {n.key for n in s.about}
                right = {t.key for t in c.right if t.key}
                if c.sign and a in right and b in left and a not in left:
                    return f"roles: '{match[1]}' and '{match[2]}' are the other way round"
    return ""


# What is done, in Chinese and in the stems of English words for it.
_DONE = {
    "支持": "support",
    "使用": "use employ leverage utilize",
    "改变": "change alter modify",
    "包含": "include contain",
    "包括": "include contain",
    "影响": "affect impact influence",
    "依赖": "rely depend",
    "训练": "train",
    "量化": "quantize",
    "更新": "update",
    "共享": "share",
}


def _denied(claim: str, passage: Passage) -> str:
    """不支持 where the passage supports, and never says that something is not supported."""
    for word, english in _DONE.items():
        if not re.search(rf"(?:不|未|没有|无法|不能|并不){word}", claim):
            continue
        roots = {stem(w) for w in english.split()}
        seen = [t.index in s.denied for s in passage.sentences for t in s.text.tokens if t.stem in roots]
        if seen and not any(seen):
            return f"negation: the passage does not deny '{word}'"
    return ""


def _required(claim: str, passage: Passage) -> str:
    """需要 where the passage only says that something is not needed."""
    if not re.search(r"(?<![不无])需要|必须", claim) or _NEGATIVE.search(claim):
        return ""
    needs = [
        t.index in s.denied
        or any(k.low in {"not", "no"} for k in s.text.tokens[max(0, t.index - 2) : t.index])
        for s in passage.sentences
        for t in s.text.tokens
        if t.low
        in {"require", "requires", "required", "requiring", "need", "needs", "necessary", "necessitates"}
    ]
    return "negation: the passage says that it is not needed" if needs and all(needs) else ""


def _counted(claim: str, passage: Passage) -> str:
    """五类 where the passage has four categories."""
    for shown, q in quantities_of(claim):
        if not (q.spelled and q.unit == "" and re.search(r"[类种阶段组步]$", shown)):
            continue
        counts = [
            p
            for s in passage.sentences
            for p in s.numbers
            if any(t.stem in _COUNTED for t in s.text.tokens[p.end : p.end + 3])
        ]
        if counts and not any(q.same_value(p) for p in counts):
            return f"number: '{shown}' is not in the passage"
    return ""


def _at_number(claim: str, passage: Passage) -> str:
    """降低 62% where the passage increases something by 62%."""
    for shown, q in quantities_of(claim):
        if q.unit != "%":
            continue
        near = claim[max(0, claim.find(shown) - 8) : claim.find(shown)]
        up, down = bool(_UP.search(near)), bool(_DOWN.search(near))
        if up == down:
            continue
        signs = []
        for s in passage.sentences:
            for p in s.numbers:
                if q.agrees(p):
                    words = " ".join(t.low for t in s.text.tokens[max(0, p.start - 9) : p.start])
                    ups = [m.start() for m in _STEP_UP.finditer(words)]
                    downs = [m.start() for m in _STEP_DOWN.finditer(words)]
                    if ups or downs:
                        signs.append(max(ups, default=-1) > max(downs, default=-1))
        if signs and all(sign != up for sign in signs):
            return f"direction: '{shown}' goes the other way in the passage"
    return ""


_STEP_UP = re.compile(r"\b(?:add|increas|improv|boost|rais|enhanc)\w*")
_STEP_DOWN = re.compile(r"\b(?:reduc|decreas|lower|cut|sav|drop|shrink)\w*")


def check(
    claim: str, passage: str, context: str
) -> tuple[Literal["supported", "partial", "contradicted", "unsupported"], tuple[str, ...], float]:
    """Numbers, Latin names, negation and direction; 'partial' where nothing else can be compared."""
    parsed = parse(passage)
    reasons: list[str] = []
    wrong = False
    claim = re.sub(r"\[\d+(?:[,，]\s*\d+)*\]", "", claim)
    theirs = [p for s in parsed.sentences for p in s.numbers]
    for shown, q in quantities_of(claim):
        if any(
            q.agrees(p) or (q.low == q.high and p.low < p.high and q.low in {p.low, p.high}) for p in theirs
        ):
            continue
        if q.spelled and q.unit == "" and q.low <= 6:  # 两种方法
            continue
        if f"{q.low:g}" in re.findall(r"\d+(?:\.\d+)?", passage) and not q.unit:
            continue
        reasons.append(f"number: '{shown}' is not in the passage")
        wrong = True
    latin = re.findall(r"[A-Za-zÀ-ÿ∞][A-Za-zÀ-ÿ0-9.+∞-]*(?:\(\))?", claim)
    known = 0
    for word in latin:
        key = name_key(word)
        if len(key) < 2 or word.lower() in {"et", "al", "gpu", "llm", "llms", "x", "bit"}:
            continue
        if key in parsed.keys or key in parsed.squeezed or key in squeeze(context):
            known += 1
            continue
        tokens = read(word, frozenset(), frozenset()).tokens
        if all(t.concepts & parsed.concepts for t in tokens):
            known += 1
            continue
        reasons.append(f"name: '{word}' is not in the passage")
    if _NEGATIVE.search(claim) and not _ENGLISH_NEGATIVE.search(passage):
        reasons.append("negation: the passage denies nothing")
        wrong = True
    up, down = bool(_UP.search(claim)), bool(_DOWN.search(claim))
    has_up, has_down = bool(_ENGLISH_UP.search(passage)), bool(_ENGLISH_DOWN.search(passage))
    if (up and not has_up) or (down and not has_down):
        reasons.append("direction: the passage has no such change")
    theirs_up = {(c.dimension, c.sign) for s in parsed.sentences for c in changes(s.text, s.denied)}
    for word, dimension, sign in _changes(claim):
        if (dimension, -sign) in theirs_up and (dimension, sign) not in theirs_up:
            reasons.append(f"direction: '{word}' goes the other way in the passage")
            wrong = True
    found = (
        _compared(claim, parsed)
        or _required(claim, parsed)
        or _denied(claim, parsed)
        or _counted(claim, parsed)
        or _at_number(claim, parsed)
    )
    if found:
        reasons.append(found)
        wrong = True
    if reasons:
        return ("contradicted" if wrong else "unsupported"), tuple(reasons), 0.2
    return "partial", ("only numbers, names and polarity can be compared across languages",), 0.6
