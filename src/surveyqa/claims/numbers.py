"""Quantities in a text: value, unit, bound and what stands around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveyqa.claims.lexicon import wordset
from surveyqa.claims.words import Text, Token

_WORDS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "dozen": 12,
    "both": 2,
    "zero": 0,
}
_SCALE = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_LETTER = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_BYTES = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "gigabyte": 1e9, "megabyte": 1e6, "terabyte": 1e12}
_TIME = {
    "ms": 1e-3,
    "millisecond": 1e-3,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "week": 604800.0,
    "month": 2592000.0,
    "year": 31536000.0,
}
_FRACTION = {
    "half": 0.5,
    "halves": 0.5,
    "third": 1 / 3,
    "quarter": 0.25,
    "fourth": 0.25,
    "fifth": 0.2,
    "tenth": 0.1,
    "sixth": 1 / 6,
    "eighth": 0.125,
    "hundredth": 0.01,
}
_TIMES = {
    "twice": 2.0,
    "double": 2.0,
    "doubl": 2.0,
    "twofold": 2.0,
    "threefold": 3.0,
    "triple": 3.0,
    "tripl": 3.0,
    "fourfold": 4.0,
    "fivefold": 5.0,
    "tenfold": 10.0,
    "quadruple": 4.0,
    "quadrupl": 4.0,
    "sixfold": 6.0,
    "sevenfold": 7.0,
    "eightfold": 8.0,
    "ninefold": 9.0,
    "thrice": 3.0,
}
_NOT_COUNTS = wordset("shot order hot sided")


@dataclass(frozen=True)
class Quantity:
    """`low` to `high` (equal unless a range) in base units. `unit` is % x bytes bit time or '' for a plain
    count.

    `bound` is one of "" (exact), ~ (about), <= (up to), >= (at least), < and >.
    `start`, `end` are token indices, `end` exclusive."""

    low: float
    high: float
    unit: str
    bound: str
    start: int
    end: int
    spelled: bool = False

    def same_value(self, other: Quantity) -> bool:
        return _close(self.low, other.low) and _close(self.high, other.high)

    def agrees(self, other: Quantity) -> bool:
        """Same amount, allowing for other spellings of it (a quarter = 25%, twice = 2x)."""
        if self.unit == other.unit and self.same_value(other):
            return True
        if "" in (self.unit, other.unit) and self.same_value(other):
            return not ({self.unit, other.unit} & {"time", "bytes"}) or self.unit == other.unit
        if self.unit == other.unit == "%" and (self.spelled or other.spelled):  # a third, 33%
            return (
                abs(self.low - other.low) <= 0.02 * other.low
                and abs(self.high - other.high) <= 0.02 * other.high
            )
        a, b = sorted((self, other), key=lambda q: q.unit)
        if (a.unit, b.unit) == ("%", "x") and a.spelled and _close(a.low * b.low, 100):  # halves, 2x smaller
            return True
        if {a.unit, b.unit} == {"%", "x"} and b.unit == "x":  # 2.5x less is not 250%, but half as much is 50%
            return _close(a.high, b.high * 100) and b.high < 1
        return False


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 0.006 * max(abs(a), abs(b))


def _digits(token: Token) -> tuple[float, str] | None:
    match = re.fullmatch(r"[~≈$]*([\d,]+(?:\.\d+)?)\s?(.*)", token.text)
    if not match:
        return None
    return float(match[1].replace(",", "")), match[2].strip().lower().lstrip("-")


def _word_value(tokens: tuple[Token, ...], at: int) -> tuple[float, int] | None:
    """A spelled number from token `at`: (value, index after it)."""
    word = tokens[at].low
    if word not in _WORDS:
        return None
    value, nxt = float(_WORDS[word]), at + 1
    if nxt < len(tokens) and tokens[nxt].low in _WORDS and value >= 20 and _WORDS[tokens[nxt].low] < 10:
        value, nxt = value + _WORDS[tokens[nxt].low], nxt + 1
    elif nxt < len(tokens) and tokens[nxt].low == "one" and value >= 20:
        value, nxt = value + 1, nxt + 1
    return value, nxt


def _bound(tokens: tuple[Token, ...], at: int) -> str:
    words = [t.low for t in tokens[max(0, at - 5) : at]]
    before = " ".join(words)
    if tokens[at].text[0] in "~≈":
        return "~"
    for pattern, bound in (
        (
            r"(?:up to|as (?:much|many|high|large|long|far) as|at most|no more than|"
            r"not more than|a maximum of|maximum of|not exceed(?:ing)?|by as much as|at best)"
            r"(?: an?| the| about| roughly)?$",
            "<=",
        ),
        (r"(?:less than|under|below|fewer than|within)(?: an?| the| one| about)?$", "<"),
        (
            r"(?:at least|a minimum of|minimum of|no less than|not less than|no fewer than|"
            r"starting from)(?: an?| the)?$",
            ">=",
        ),
        (
            r"(?:more than|over|above|exceed(?:ing|s)?|beyond|upwards of|"
            r"greater than|larger than)(?: an?| the)?$",
            ">",
        ),
        (
            r"(?:about|around|roughly|approximately|some|circa|nearly|almost|close to|near|just)"
            r"(?: an?| the)?$",
            "~",
        ),
    ):
        if re.search(pattern, before):
            return bound
    return ""


_HEDGED_ORDINALS = wordset("first second third fourth fifth")


def quantities(text: Text) -> list[Quantity]:
    """Every quantity of `text`, in order. Digits inside names (GPT-3) are not quantities."""
    tokens = text.tokens
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        start = at
        value: float | None = None
        unit, spelled, end = "", False, at + 1
        if token.kind == "number":
            parsed = _digits(token)
            if parsed is None:
                at += 1
                continue
            value, suffix = parsed
            if suffix in _LETTER:
                value *= _LETTER[suffix]
            elif suffix in _BYTES:
                value, unit = value * _BYTES[suffix], "bytes"
            elif suffix == "%":
                unit = "%"
            elif suffix in {"x", "×", "fold"}:
                unit = "x"
            elif suffix == "ms":
                value, unit = value * _TIME["ms"], "time"
        elif token.kind == "word" or (token.low in _WORDS and token.text[1:].islower()):
            if token.low in _TIMES or token.stem in _TIMES:
                value, unit, spelled = _TIMES.get(token.low, _TIMES.get(token.stem, 2.0)), "x", True
                if at + 1 < len(tokens) and tokens[at + 1].stem in {"check", "buffer"}:  # double buffering
                    value = None
            elif token.low.endswith("fold") and token.low[:-4] in _WORDS:
                value, unit, spelled = float(_WORDS[token.low[:-4]]), "x", True
            elif token.low in _FRACTION and (token.low not in _HEDGED_ORDINALS) and not _ordinal(tokens, at):
                value, unit, spelled = 100 * _FRACTION[token.low], "%", True
                if at + 1 < len(tokens) and tokens[at + 1].low == "again":
                    end = at + 2
            elif token.low == "halv" or token.low in {"halve", "halves", "halved", "halving"}:
                value, unit, spelled = 50.0, "%", True
            else:
                spoken = _word_value(tokens, at)
                if spoken and not (spoken[1] < len(tokens) and tokens[spoken[1]].low in _NOT_COUNTS):
                    value, end = spoken
                    spelled = True
                elif token.low in {"one", "a", "an", "single"} and at + 1 < len(tokens):
                    nxt = tokens[at + 1].low
                    if nxt in _SCALE:
                        value = 1.0
                    elif (
                        nxt in _FRACTION
                        and nxt != "second"
                        and not (nxt == "third" and token.low == "a" and not _of_follows(tokens, at + 1))
                    ):
                        value, unit, end, spelled = 100 * _FRACTION[nxt], "%", at + 2, True
                    elif token.low == "one" and nxt in _TIME:
                        value = 1.0
        if value is None:
            at += 1
            continue
        if (
            end < len(tokens)
            and spelled
            and unit == ""
            and tokens[end].low.rstrip("s") in _FRACTION
            and value < 10
        ):
            fraction = tokens[end].low.rstrip("s")  # two thirds, three quarters
            if tokens[end].low != "seconds":
                value, unit, end = 100 * value * _FRACTION[fraction], "%", end + 1
        while end < len(tokens) and tokens[end].low in _SCALE:
            value, end = value * _SCALE[tokens[end].low], end + 1
        if end < len(tokens):
            value, unit, end = _read_unit(tokens, end, value, unit)
        if (
            unit == "%"
            and end < len(tokens)
            and tokens[end].low in {"of", "a"}
            and _percent_follows(tokens, end)
        ):
            value, end = value / 100, _percent_follows(tokens, end)  # a tenth of a percent
        high, end, unit2 = _range(tokens, end, value, unit)
        if unit == "" and unit2:
            value = _rescale(value, tokens, start, end, unit2)
        if high > value and end > start and tokens[end - 1].kind == "number" and value < 1000:
            value *= _letter(tokens[end - 1]) if not _letter_of(token) else 1  # 7-70B
        bound = _bound(tokens, start)
        if bound == "<" and high > value and tokens[max(0, start - 1)].low == "within":
            bound = ""
        tail = " ".join(t.low for t in tokens[end : end + 9])
        if not bound and re.match(r"(?:\w+ ){0,6}?or (?:less|fewer|under)\b", tail):
            bound = "<="
        elif not bound and re.match(r"(?:\w+ ){0,6}?or more\b", tail):
            bound = ">="
        found.append(Quantity(value, high, unit2 or unit, bound, start, end, spelled))
        at = max(end, at + 1)
    return found


def _letter_of(token: Token) -> str:
    parsed = _digits(token) if token.kind == "number" else None
    return parsed[1] if parsed and parsed[1] in _LETTER else ""


def _letter(token: Token) -> float:
    return _LETTER.get(_letter_of(token), 1.0)


def _ordinal(tokens: tuple[Token, ...], at: int) -> bool:
    return (
        at > 0
        and tokens[at - 1].low in {"the", "a"}
        and tokens[at].low in {"third", "fourth", "fifth"}
        and not (_of_follows(tokens, at))
    )


def _of_follows(tokens: tuple[Token, ...], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].low in {"of", "as", "the"}


def _percent_follows(tokens: tuple[Token, ...], at: int) -> int:
    """Index after 'of a percent' or 'a percent' from `at`; 0 if that is not what follows."""
    for k in range(at, min(at + 3, len(tokens))):
        if tokens[k].low in {"percent", "percentage"}:
            return k + 1
        if tokens[k].low not in {"of", "a", "one"}:
            return 0
    return 0


def _read_unit(tokens: tuple[Token, ...], end: int, value: float, unit: str) -> tuple[float, str, int]:
    word = tokens[end].low
    if (
        word == "~"
        and end + 1 < len(tokens)
        and tokens[end + 1].low in {"bit", "bits", "fold", "gb", "day", "hour"}
    ):
        return _read_unit(tokens, end + 1, value, unit)
    if word in {"percent", "percentage", "%"}:
        return value, "%", end + 1
    if word == "per" and end + 1 < len(tokens) and tokens[end + 1].low == "cent":
        return value, "%", end + 2
    if word in {"times", "fold", "x", "×"} and unit == "":
        return value, "x", end + 1
    if word in {"bit", "bits"} and unit == "":
        return value, "bit", end + 1
    if word.rstrip("s") in _BYTES and unit == "":
        return value * _BYTES[word.rstrip("s")], "bytes", end + 1
    here = end + 1 if word in {"gpu", "tpu", "~"} and end + 1 < len(tokens) else end
    name = tokens[here].low.rstrip("s")
    if name in _TIME and unit == "" and tokens[here].low not in {"second"}:
        return value * _TIME[name], "time", here + 1
    return value, unit, end


def _range(tokens: tuple[Token, ...], end: int, value: float, unit: str) -> tuple[float, int, str]:
    """High end of '2-4x', '2 to 3 times', '1.37x - 17.87x': (high, index after, unit)."""
    if end + 1 < len(tokens) and tokens[end].low in {"~", "to", "-", "and"}:
        nxt = tokens[end + 1]
        joined = tokens[end].low
        high: float | None = None
        after, unit2 = end + 2, ""
        if nxt.kind == "number" and (parsed := _digits(nxt)):
            high, suffix = parsed
            unit2 = {"%": "%", "x": "x", "×": "x"}.get(suffix, "")
            if suffix in _LETTER:
                high *= _LETTER[suffix]
        elif nxt.low in _WORDS:
            high = float(_WORDS[nxt.low])
        if high is not None and after < len(tokens):
            high, unit2, after = _read_unit(tokens, after, high, unit2)
        between = joined == "and" and _between(tokens, end)
        if high is not None and high > value and (joined in {"~", "to", "-"} or between):
            return high, after, unit2
    return value, end, ""


def _between(tokens: tuple[Token, ...], end: int) -> bool:
    return any(t.low == "between" for t in tokens[max(0, end - 3) : end])


def _rescale(value: float, tokens: tuple[Token, ...], start: int, end: int, unit: str) -> float:
    if unit == "time":
        for t in reversed(tokens[start:end]):
            if t.low.rstrip("s") in _TIME:
                return value * _TIME[t.low.rstrip("s")]
    return value
