"""What a sentence compares, and the ends of scales that its adjectives name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from surveyqa.claims.lexicon import wordset
from surveyqa.claims.phrases import BREAKS, STOPS
from surveyqa.claims.words import Text, Token, stem

_SCALE_LINES = (
    ("large", "large larger largest big bigger biggest huge", "small smaller smallest tiny compact"),
    ("long", "long longer longest lengthy", "short shorter shortest"),
    ("high", "high higher highest", "low lower lowest"),
    ("fast", "fast faster quick quicker", "slow slower"),
    ("strong", "strong stronger", "weak weaker"),
    ("simple", "simple simpler easy easier", "complex complicated difficult hard"),
    ("cheap", "cheap cheaper inexpensive", "expensive costly costlier"),
    ("many", "more many numerous", "fewer few less"),
    ("upper", "upper top", "lower bottom"),
    ("wide", "wide wider broad broader", "narrow narrower"),
    ("frequent", "frequent frequently often", "rare rarely seldom infrequent"),
    ("close", "near nearest close closest closer", "far farthest furthest distant"),
    ("first", "first earliest", "last final latest"),
    (
        "major",
        "major considerable substantial significant severe heavy serious much",
        "minor slight negligible minimal marginal insignificant",
    ),
)
_SCALES: dict[str, list[tuple[str, int]]] = {}  # a word may stand on two: lower layers, lower cost
for _scale, _more, _less in _SCALE_LINES:
    for _sign, _words in ((1, _more), (-1, _less)):
        for _word in _words.split():
            _SCALES.setdefault(_word, []).append((_scale, _sign))


@lru_cache(maxsize=1024)
def adjectives(text: Text) -> tuple[tuple[str, int, frozenset[str], str], ...]:
    """(scale, sign, stems of the one or two nouns behind it, word) of each adjective."""
    out = []
    for t in text.tokens:
        if t.low in _SCALES:
            nouns: list[str] = []
            for k in text.tokens[t.index + 1 : t.index + 5]:
                if k.low == "," and k.index == t.index + 1:
                    continue  # smaller, specialized models
                if k.low in BREAKS or (k.kind == "mark" and k.low != "~") or (k.thin and k.low != "of"):
                    break
                if k.kind == "word" and not k.thin:
                    nouns.append(k.stem)
            if any(k.low in _PRAISE for k in text.tokens[t.index + 1 : t.index + 4]):
                continue
            if not nouns:
                nouns = _said_of(text, t.index)
            if nouns:
                out += [(*scale, frozenset(nouns[:2]), t.text) for scale in _SCALES[t.low]]
        elif t.low in _GREATLY and t.index and not text.tokens[t.index - 1].thin:
            before = [
                k.stem for k in text.tokens[max(0, t.index - 3) : t.index] if not k.thin and k.kind == "word"
            ]
            out.append(("major", 1, frozenset(before), t.text))  # accuracy drops sharply
        elif t.low in _STRONGLY and (dependent := _dependent(text, t.index)):
            out.append(("many", 1, frozenset(dependent), t.text))  # heavily dependent on human effort
    return tuple(out)


_GREATLY = wordset(
    "sharply considerably greatly significantly substantially severely drastically dramatically"
)
_STRONGLY = wordset("heavily strongly highly largely")
_DEPENDS = frozenset(map(stem, ("depend", "dependent", "rely", "reliant", "reliance", "require", "demand")))
_COPULA = wordset("is are was were be becomes become gets get remains remain stays stay")


def _dependent(text: Text, at: int) -> list[str]:
    """Stems of what something depends on, for an adverb beside the verb."""
    verb = next((t for t in text.tokens[max(0, at - 1) : at + 2] if t.stem in _DEPENDS), None)
    if verb is None:
        return []
    behind = text.tokens[max(at, verb.index) + 1 : at + 7]
    return [t.stem for t in behind if t.kind == "word" and not t.thin][:2]


def _said_of(text: Text, at: int) -> list[str]:
    """Stems of the one or two nouns that an adjective is said of: the bit-width is high."""
    if not at or text.tokens[at - 1].low not in _COPULA:
        return []
    out: list[str] = []
    for t in reversed(text.tokens[: at - 1]):
        if (t.kind == "mark" and t.low != "~") or t.thin:
            break
        if t.kind == "word":
            out.append(t.stem)
    return out[:2]


def signs_of(scale: str, text: Text) -> set[int]:
    """Which ends of a scale a sentence names: larger and smaller."""
    return {sign for t in text.tokens for name, sign in _SCALES.get(t.low, ()) if name == scale}


_BETTER = wordset("outperforms beats surpasses exceeds outpaces tops outperform surpass beat exceed")
_BETTER_STEMS = frozenset(stem(w) for w in _BETTER - {"tops"})
_WORSE = wordset("underperforms underperform inferior worse trails loses lags")
_MORE = {
    "better": 1,
    "superior": 1,
    "superiority": 1,
    "stronger": 1,
    "faster": 1,
    "improvement": 1,
    "improvements": 1,
    "improves": 1,
    "enhances": 1,
    "improving": 1,
    "enhancing": 1,
    "enhancements": 1,
    "ahead": 1,
    "gain": 1,
    "gains": 1,
    "speedup": 1,
    "speedups": 1,
    "wins": 1,
    "worse": -1,
    "inferior": -1,
    "slower": -1,
    "weaker": -1,
    "more": 2,
    "higher": 2,
    "greater": 2,
    "larger": 2,
    "bigger": 2,
    "longer": 2,
    "expensive": 2,
    "costlier": 2,
    "less": 3,
    "fewer": 3,
    "lower": 3,
    "smaller": 3,
    "shorter": 3,
    "cheaper": 3,
    "comparable": 0,
    "competitive": 0,
    "equivalent": 0,
    "matches": 0,
    "matching": 0,
    "match": 0,
    "similar": 0,
    "equal": 0,
    "same": 0,
    "rivals": 0,
    "competes": 0,
    "compete": 0,
    "competing": 0,
}
_LESS = frozenset(stem(w) for w in wordset("reduce decrease lower save cut lessen shrink"))
_CHANGE = _LESS | frozenset(stem(w) for w in wordset("increase raise boost"))
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
_ALIKE = frozenset({"similar", "same", "equal"})
_GAINS = frozenset({"gain", "gains", "speedup", "speedups"})
_PRAISE = wordset("efficient effective accurate stable robust flexible satisfying scalable reliable faithful")
_PRAISE_STEMS = frozenset(stem(w) for w in _PRAISE)
_GAIN = frozenset(stem(w) for w in wordset("improve gain benefit help"))
_ANCHORS = wordset("than over compared-to to as with unlike")


@dataclass(frozen=True)
class Comparison:
    """`left` against `right`: sign 1 better, -1 worse, 0 equal, 2 more, 3 less; `of` what is compared."""

    left: tuple[Token, ...]
    right: tuple[Token, ...]
    sign: int
    of: tuple[Token, ...]
    word: Token


def _content(tokens: tuple[Token, ...]) -> list[Token]:
    return [t for t in tokens if not t.light and t.kind != "number"]


@lru_cache(maxsize=2048)
def comparisons(text: Text, about: tuple[str, ...], denied: frozenset[int]) -> list[Comparison]:
    """Comparisons of a sentence. `about`: keys of the names it is about, for a left side that is 'it'."""
    tokens = text.tokens
    out: list[Comparison] = []
    for t in tokens:
        sign: int | None = None
        verb = t.low in _BETTER or (t.kind == "word" and t.stem in _BETTER_STEMS)
        if verb:
            sign = 1
        elif t.low in _WORSE:
            sign = -1
        elif t.low in _MORE:
            sign = _MORE[t.low]
            near = tokens[t.index + 1 : t.index + 4]
            if t.low in _GAINS and not any(k.low in {"over", "compared-to"} for k in near):
                sign = None
        if (
            t.kind == "number"
            and t.low.endswith(("x", "×"))
            and any(k.low == "than" for k in tokens[t.index + 1 : t.index + 4])
        ):
            sign = 2  # 5x throughput than
        if sign is None and t.kind == "word" and t.stem in _CHANGE:
            behind = tokens[t.index + 1 : t.index + 14]
            end = next((k for k in behind if k.low in {",", ";", ".", "while", "but"}), None)
            against = next((k for k in behind if k.low in {"compared-to", "over"}), None)
            if against is not None and (end is None or against.index < end.index):
                sign = 3 if t.stem in _LESS else 2
        if sign is None:
            continue
        if t.low in {"more", "less"} and any(
            k.stem in _PRAISE_STEMS for k in tokens[t.index + 1 : t.index + 3]
        ):
            sign = 1 if t.low == "more" else -1
        if (
            t.low == "more"
            and t.index
            and any(k.stem in _GAIN for k in tokens[max(0, t.index - 3) : t.index])
        ):
            sign = 1
        passive = verb and any(k.low in _BE for k in tokens[max(0, t.index - 2) : t.index])
        if passive and any(k.low == "by" for k in tokens[t.index + 1 : t.index + 3]):
            sign = -sign  # A is outperformed by B
        if t.index in denied and sign in (1, -1):
            sign = -sign
        transitive = verb or t.low in {
            "underperforms",
            "underperform",
            "improves",
            "enhances",
            "matches",
            "match",
            "rivals",
        }
        stop = next(
            (
                k.index
                for k in tokens[t.index + 1 :]
                if k.low in STOPS or k.low in {"while", "whereas", "but"}
            ),
            len(tokens),
        )
        after = tokens[t.index + 1 : stop]
        anchor = next(
            (
                k
                for k in after
                if k.low in _ANCHORS
                and k.low
                not in (
                    {"to", "with", "as"} if sign not in (0, 1, -1) or t.low in {"better", "faster"} else set()
                )
            ),
            None,
        )
        fronted = next((k for k in reversed(tokens[: t.index]) if k.low in {"compared-to", "unlike"}), None)
        lead_stop = 0
        right: list[Token] = []
        if (
            fronted is not None
            and t.low not in _ALIKE
            and (anchor is None or anchor.index > t.index + 12 or not transitive)
        ):
            comma = next((k.index for k in tokens[fronted.index : t.index] if k.low == ","), None)
            if comma is not None:
                right = _content(tokens[fronted.index + 1 : comma])[:6]
                lead_stop = comma if _content(tokens[comma : t.index]) else 0
        if (
            sign == 0
            and not right
            and t.low in {"similar", "same", "equal", "equivalent"}
            and (anchor is None or anchor.index > t.index + 2)
        ):
            continue
        if not right and transitive:
            right = _content(after)[:6]
        elif not right and anchor is not None:
            right = _content(tokens[anchor.index + 1 : stop])[:6]
        if not right:
            continue
        left_end = t.index
        left = _subject(tokens, lead_stop, left_end)
        of = tuple(
            _content(tokens[t.index + 1 : anchor.index] if anchor is not None and not transitive else ())[:3]
        )
        out.append(Comparison(tuple(left), tuple(right), sign, of, t))
    return out


def _subject(tokens: tuple[Token, ...], start: int, end: int) -> list[Token]:
    """Content tokens that begin the clause which runs up to `end`."""
    begin = start
    for t in tokens[start:end]:
        if t.low in {"while", "whereas", "but", "although", "that"} or t.low in STOPS:
            begin = t.index + 1
    words = _content(tokens[begin:end])
    return words[:4] + [t for t in words[4:] if t.kind == "name"]
