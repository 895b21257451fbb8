"""A Chinese sentence beside an English passage: what `surveyqa.claims` cannot compare across languages.

Terms go through the glossary; comparisons, the direction of each number, needs and counts are read by rule
on both sides. What remains unknown stays unknown: such a sentence is shown as "partial", never as supported.
"""

# ruff: noqa: E501 - Chinese characters count double
from __future__ import annotations

import re
from collections.abc import Mapping

from surveyqa.text.folding import to_english
from surveyqa.text.terms import tokenize

TERMS = 0.6  # share of the terms of a Chinese sentence that must be in its English passage

# 不 in these denies nothing.
_NEUTRAL = {
    "不连续": "非连续",
    "不同": "各异",
    "不断": "持续",
    "不少": "许多",
    "不等": "各异",
    "不相关": "无关",
}

_NAME = r"[A-Za-z][\w.+-]*"
_THAN = re.compile(
    rf"(?<![\w.+-])({_NAME})[^,，。;；]{{0,20}}?(?:比|优于|超过|胜过|好于|快于|高于|强于)\s*({_NAME})"
)
_UP = r"提高|提升|增加|加快|加速|改善|更高|更快|更多|上升|增长"
_DOWN = r"降低|减少|减小|下降|更低|更少|更小|节省|缩短|变慢|更慢"
_CHANGE = re.compile(
    rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))[^,，。;；]{{0,8}}?(?P<value>\d+(?:\.\d+)?)\s*(?:%|倍|x|×)"
)
_ENGLISH_UP = re.compile(
    r"\b(?:increas|improv|boost|enhanc|accelerat|rais|gain|higher|faster|more|speed)\w*", re.I
)
_ENGLISH_DOWN = re.compile(
    r"\b(?:reduc|decreas|lower|cut|sav|shrink|drop|less|fewer|slow|declin|minimi)\w*", re.I
)
_NEEDS = re.compile(r"(?<![不无])(?:需要|必须|要求)")
_NO_NEED = re.compile(
    r"\b(?:not|without|no|never|avoid\w*|eliminat\w*)\b[^.;,]{0,20}\b(?:requir\w*|need\w*|retrain\w*)", re.I
)
_NEED = re.compile(r"(?<!not )\b(?:requires?|needs?|must)\b", re.I)
_COUNT = re.compile(
    r"([两二三四五六七八九十])\s*(?:大)?(?:类|种|个(?:部分|阶段|步骤|方面|类别)|部分|阶段|步)"
)
_DIGITS = {"两": "two", "二": "two", "三": "three", "四": "four", "五": "five", "六": "six", "七": "seven", "八": "eight",
           "九": "nine", "十": "ten"}  # fmt: skip
_COUNTED = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten)\b(?:\s+\w+){0,2}\s+"
    r"(?:categor|types?|kinds?|groups?|parts?|stages?|steps?|class|aspects?|families|areas?|ways?|directions?)",
    re.I,
)


def neutral(text: str) -> str:
    """`text` with words in which 不 denies nothing put in others."""
    for word, other in _NEUTRAL.items():
        text = text.replace(word, other)
    return text


def same_terms(text: str, passage: str, glossary: Mapping[str, str]) -> bool:
    """Whether the English terms of a Chinese sentence are those of a passage."""
    english, lacking = to_english(text, glossary)
    terms = set(tokenize(english))
    there = set(tokenize(passage))
    return len(terms) >= 3 and len(terms & there) >= TERMS * (len(terms) + len(lacking) / 2)


def departs(text: str, passage: str) -> str:
    """How a Chinese sentence departs from the English passage; '' where no rule says that it does."""
    for better, worse in _THAN.findall(text):
        if _ranked(worse, better, passage) and not _ranked(better, worse, passage):
            return f"roles: the passage ranks {worse} over {better}"
    for change in _CHANGE.finditer(text):
        sign = _sign_before(change["value"], passage)
        if sign and sign != ("up" if change["up"] else "down"):
            return f"direction: {change['value']} changes the other way in the passage"
    if _NEEDS.search(text) and _NO_NEED.search(passage) and not _NEED.search(_NO_NEED.sub("", passage)):
        return "negation: the passage says that it is not needed"
    counts = {c.lower() for c in _COUNTED.findall(passage)}
    for count in _COUNT.findall(text):
        if counts and _DIGITS[count] not in counts:
            return f"number: the passage counts {', '.join(sorted(counts))}"
    return ""


def _ranked(first: str, second: str, passage: str) -> bool:
    """Whether the passage says that `first` is more, faster or better than `second`."""
    than = r"\b(?:than|over|outperform\w*|surpass\w*|exceed\w*|superior to|compared (?:to|with))\b"
    a, b = (rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in (first, second))
    return re.search(rf"{a}[^.]*?{than}[^.]*?{b}", passage, re.I) is not None


def _sign_before(value: str, passage: str) -> str:
    """The direction of the nearest word of change before a number in the passage, '' without one."""
    found = re.search(rf"(?<![\d.]){re.escape(value)}(?![\d.]*\d)", passage)
    if not found:
        return ""
    head = passage[max(0, found.start() - 90) : found.start()]
    up = max((m.start() for m in _ENGLISH_UP.finditer(head)), default=-1)
    down = max((m.start() for m in _ENGLISH_DOWN.finditer(head)), default=-1)
    return "" if up == down else "up" if up > down else "down"
