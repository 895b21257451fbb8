"""What a sentence says goes up or down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from surveyqa.claims.lexicon import wordset
from surveyqa.claims.phrases import BREAKS
from surveyqa.claims.words import Text, Token, stem

_UP = frozenset({"=increase", "=more", "=high", "=large", "=longer", "=expand"})
_DOWN = frozenset({"=decrease", "=fewer", "=low", "=small", "=short"})
_BETTER_GROUPS = frozenset({"=improve", "=better"})
_WORSE_GROUPS = frozenset({"=degrade", "=worse"})
# word -> (dimension, +1 if more of the word is more of the dimension)
_DIMENSIONS = {
    "latency": ("time", 1),
    "time": ("time", 1),
    "delay": ("time", 1),
    "hour": ("time", 1),
    "duration": ("time", 1),
    "speed": ("time", -1),
    "throughput": ("time", -1),
    "pace": ("time", -1),
    "convergence": ("time", -1),
    "memory": ("memory", 1),
    "footprint": ("memory", 1),
    "storage": ("memory", 1),
    "cost": ("cost", 1),
    "expense": ("cost", 1),
    "price": ("cost", 1),
    "overhead": ("cost", 1),
    "consumption": ("cost", 1),
    "budget": ("cost", 1),
    "accuracy": ("quality", 1),
    "performance": ("quality", 1),
    "quality": ("quality", 1),
    "precision": ("bits", 1),
    "perplexity": ("quality", -1),
    "error": ("quality", -1),
    "loss": ("quality", -1),
    "degradation": ("quality", -1),
    "efficiency": ("efficiency", 1),
    "energy": ("energy", 1),
    "flop": ("compute", 1),
    "computation": ("compute", 1),
    "compute": ("compute", 1),
    "complexity": ("complexity", 1),
    "flexibility": ("flexibility", 1),
    "communication": ("communication", 1),
}
DIMENSION_OF = {stem(k): v for k, v in _DIMENSIONS.items()}
LOWER_IS_BETTER = frozenset({"time", "memory", "cost", "energy", "compute", "complexity", "communication"})
_SELF = {  # words that change a dimension by themselves
    "accelerate": ("time", -1),
    "speedup": ("time", -1),
    "fast": ("time", -1),
    "quick": ("time", -1),
    "expedite": ("time", -1),
    "hasten": ("time", -1),
    "slow": ("time", 1),
    "slowdown": ("time", 1),
    "cheap": ("cost", -1),
    "inexpensive": ("cost", -1),
    "expensive": ("cost", 1),
    "costly": ("cost", 1),
    "costlier": ("cost", 1),
    "pricey": ("cost", 1),
    "degrade": ("quality", -1),
    "acceleration": ("time", -1),
    "rapid": ("time", -1),
    "outpace": ("time", -1),
}
_SELF_WORDS = {
    form: v
    for k, v in _SELF.items()
    for form in (
        k,
        k + "s",
        k + "d",
        k + "ed",
        k + "er",
        k + "r",
        k + "ing",
        k[:-1] + "ing",
        k + "ly",
        k + "ment",
    )
}


_GRADES = wordset(
    "more greater larger higher bigger additional extra increased improved enhanced better superior "
    "longer high fewer less small large huge modest tiny "
    "lower smaller reduced decreased worse inferior shorter low little minimal long short"
)
_VERBS = frozenset(
    stem(w)
    for w in wordset(
        "gain widen narrow increase raise boost grow rise enlarge expand extend amplify lift improve "
        "enhance decrease reduce "
        "elevate heighten escalate strengthen surge climb inflate ease alleviate mitigate curb trim "
        "weaken deteriorate impair "
        "sacrifice compromise limit restrict lower cut lessen shrink drop decline minimize diminish save "
        "multiply slash degrade hurt worsen double halve lengthen shorten prolong speedup"
    )
)


@dataclass(frozen=True)
class Change:
    """A dimension (or a plain noun) that goes up (+1) or down (-1) at token `at`."""

    dimension: str
    sign: int
    at: int
    around: frozenset[str]
    word: str


@lru_cache(maxsize=2048)
def changes(text: Text, denied: frozenset[int]) -> list[Change]:
    """What a sentence says goes up or down, with the words around it."""
    tokens = text.tokens
    out: list[Change] = []
    for t in tokens:
        if t.kind != "word" or t.low in {"length", "depth", "width", "breadth", "strength", "scale", "size"}:
            continue
        flip = -1 if t.index in denied else 1
        if t.low in _SELF_WORDS and t.low not in {"degrade", "degrades"}:
            dimension, sign = _SELF_WORDS[t.low]
            less = tokens[t.index - 1].low in {"less", "not", "no"} if t.index else False
            near = {k.stem for k in _near(tokens, t.index, 5)}
            out.append(Change(dimension, sign * flip * (-1 if less else 1), t.index, frozenset(near), t.text))
            continue
        if t.stem not in _VERBS and t.low not in _GRADES:
            continue
        if t.low in {"more", "less", "fewer"} and _than_number(tokens, t.index):
            continue  # more than tenfold
        if t.low in _DEGREES and any(k.stem in _VERBS for k in tokens[max(0, t.index - 3) : t.index]):
            continue  # saves more memory, gains less accuracy: the verb says which way
        up, down = bool(t.concepts & _UP), bool(t.concepts & _DOWN)
        good, bad = bool(t.concepts & _BETTER_GROUPS), bool(t.concepts & _WORSE_GROUPS)
        if up == down and good == bad:
            continue
        if (up and down) or (good and bad):
            continue
        direction = 1 if up or (good and not down) else -1
        becomes = t.index and tokens[t.index - 1].low in {
            "gets",
            "get",
            "becomes",
            "become",
            "grows",
            "grow",
            "getting",
        }
        adjective = t.stem not in _VERBS and not becomes
        objects = _objects(tokens, t.index, adjective)
        for arg in objects[: 2 if adjective else 5]:
            if adjective and arg.stem not in DIMENSION_OF:
                continue
            dimension, sense = DIMENSION_OF.get(arg.stem, (arg.stem, 1))
            if arg.index + 1 < len(tokens) and tokens[arg.index + 1].stem in _SPARING:
                dimension, sense = (dimension, -1)
            value = direction * sense
            if (good or bad) and not (up or down) and dimension in LOWER_IS_BETTER and sense == 1:
                value = -value
            if good and up and dimension in LOWER_IS_BETTER and t.stem in {stem("improve"), stem("enhance")}:
                value = -value
            near = {k.stem for k in _near(tokens, arg.index, 4) if k.index != t.index}
            out.append(Change(dimension, value * flip, t.index, frozenset(near), t.text))
    return out + _in_terms_of(text)


def _in_terms_of(text: Text) -> list[Change]:
    """What gets better in 'more efficient in terms of latency and energy'."""
    tokens = text.tokens
    for t in tokens:
        if t.stem not in _SPARING or not any(k.low == "more" for k in tokens[max(0, t.index - 3) : t.index]):
            continue
        if t.index + 1 < len(tokens) and tokens[t.index + 1].low in {"regarding", "in"}:
            named = [
                DIMENSION_OF[k.stem][0] for k in tokens[t.index + 2 : t.index + 16] if k.stem in DIMENSION_OF
            ]
            signs = [(name, -1 if name in LOWER_IS_BETTER else 1) for name in named]
            return [Change(name, sign, t.index, frozenset(), t.text) for name, sign in signs]
    return []


_NOMINAL = wordset("gain gains improvement improvements degradation drop decline increase reduction growth")


def _goes_on(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether a participle begins a phrase of its own behind a noun."""
    return at + 1 < len(tokens) and tokens[at + 1].low in {
        "by",
        "in",
        "from",
        "for",
        "with",
        "on",
        "via",
        "to",
    }


def _than_number(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether 'than' and an amount follow."""
    behind = tokens[at + 1 : at + 4]
    return (
        bool(behind)
        and behind[0].low == "than"
        and any(t.kind == "number" or t.stem in _COUNTS for t in behind)
    )


_COUNTS = frozenset(
    map(
        stem,
        (
            "double",
            "triple",
            "half",
            "twice",
            "tenfold",
            "twofold",
            "threefold",
            "fourfold",
            "fivefold",
            "two",
            "three",
            "four",
            "five",
            "ten",
            "hundred",
            "thousand",
        ),
    )
)
_DEGREES = frozenset({"more", "less", "fewer", "greater", "much", "little"})
_SPARING = frozenset(map(stem, ("efficient", "effective", "friendly", "saving")))
_AMOUNTS = frozenset(map(stem, ("usage", "consumption", "footprint", "requirement", "demand", "use")))
_ARTICLES = frozenset({"the", "a", "an", "its", "their", "this", "these"})


def _near(tokens: tuple[Token, ...], at: int, size: int) -> list[Token]:
    return [t for t in tokens[max(0, at - size) : at + size + 1] if not t.light and t.index != at]


def _objects(tokens: tuple[Token, ...], at: int, adjective: bool) -> list[Token]:
    """The nouns that a word of change is about: what follows it, else what precedes it."""
    found: list[Token] = []
    if tokens[at].low in _NOMINAL and at and tokens[at - 1].stem in DIMENSION_OF:  # performance degradation
        return [tokens[at - 1]]
    for t in tokens[at + 1 : at + 10]:
        if t.low == "and" and (adjective or not found):
            break
        if (t.kind == "mark" and t.low != "~") or t.low in {
            "than",
            "compared-to",
            "by",
            "while",
            "without",
            "when",
            "as",
            "to",
            "for",
            "but",
            "with",
        }:
            break
        if not adjective and found and t.stem in _VERBS and t.low.endswith("ing"):
            break
        if found and t.low.endswith("ed") and tokens[at + 1].index < t.index and _goes_on(tokens, t.index):
            break  # the loss caused by quantization
        if (t.kind == "word" or t.stem in DIMENSION_OF) and not t.light and not t.low.endswith("ly"):
            if not adjective and found and found[-1].index == t.index - 1 and t.stem not in _AMOUNTS:
                found.pop()  # only the head of a noun phrase: training costs
            found.append(t)
        behind = tokens[t.index + 1] if t.index + 1 < len(tokens) else None
        if adjective and behind is not None and behind.stem in DIMENSION_OF and len(found) == 1:
            continue  # a small training cost
        if len(found) >= (
            1 if adjective and not tokens[at].low.endswith(("er", "re", "ss")) else 3 if adjective else 5
        ):
            break
    if not found and not adjective and at + 1 < len(tokens) and tokens[at + 1].low in _ARTICLES:
        return []  # an object that says little: hurts the model
    if found:
        known = [t for t in found if t.stem in DIMENSION_OF]
        return (known or found) if adjective else found
    for t in reversed(tokens[max(0, at - 6) : at]):
        if (
            (t.kind == "mark" and t.low != "~")
            or t.low in BREAKS
            or t.low in {"as", "by", "with", "for", "to"}
        ):
            break
        if t.kind == "word" and not t.light:
            found.append(t)
            if len(found) >= (1 if adjective else 2):
                break
    return found
