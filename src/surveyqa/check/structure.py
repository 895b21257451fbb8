"""Who does what to whom, without a parser: neighbourhoods, connectors, comparisons and changes of a
sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from surveyqa.check.evidence import Sentence
from surveyqa.check.lexicon import wordset
from surveyqa.check.numbers import Quantity
from surveyqa.check.words import CONTRASTS, GENERAL, OPPOSITES, Text, Token, stem

_STOPS = frozenset({".", ";", ":", "!", "?"})
_BREAKS = wordset("and or but while whereas although though because since which that when if so unlike")


# --- neighbourhoods --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """Something that can be exchanged for another: a name, a number, a term with a sibling. Token span."""

    kind: str
    start: int
    end: int
    token: Token
    quantity: Quantity | None = None


def items(text: Text, numbers: tuple[Quantity, ...]) -> list[Item]:
    """All exchangeable things of a sentence in order."""
    taken = {i for q in numbers for i in range(q.start, q.end)}
    found: list[Item] = []
    for t in text.tokens:
        if t.index in taken or t.kind == "mark" or t.low in _VAGUE:
            continue
        if t.kind == "name":
            if found and found[-1].kind == "name" and found[-1].end == t.index:  # Block Transformer
                found[-1] = Item("name", found[-1].start, t.index + 1, found[-1].token)
            else:
                found.append(Item("name", t.index, t.index + 1, t))
        elif t.kind == "word" and (t.stem in CONTRASTS or any(c in OPPOSITES for c in t.concepts)):
            found.append(Item("term", t.index, t.index + 1, t))
    found += [Item("number", q.start, q.end, text.tokens[q.start], q) for q in numbers]
    return sorted(found, key=lambda i: i.start)


def same_item(a: Item, b: Item) -> bool:
    if a.kind == "number" or b.kind == "number":
        return a.quantity is not None and b.quantity is not None and a.quantity.agrees(b.quantity)
    if a.token.stem == b.token.stem or (a.token.key and a.token.key == b.token.key):
        return True
    return a.kind == b.kind == "term" and not exchangeable(a, b) and bool(a.token.concepts & b.token.concepts)


def exchangeable(a: Item, b: Item) -> bool:
    """Whether one can stand where the other stands: two names, two numbers of a unit, siblings, opposites."""
    if a.kind == b.kind == "number":
        assert a.quantity is not None and b.quantity is not None
        return a.quantity.unit == b.quantity.unit and not a.quantity.same_value(b.quantity)
    if a.kind == b.kind == "name":
        return a.token.key != b.token.key
    if a.kind == "number" or b.kind == "number":
        return False
    lines_a = {n: k for n, k in CONTRASTS.get(a.token.stem, [])}
    for line, key in CONTRASTS.get(b.token.stem, []):
        if line in lines_a and lines_a[line] != key:
            return True
    return any(o in b.token.concepts for c in a.token.concepts for o in OPPOSITES.get(c, ()))


ONCE = 0.15  # gain asked of two terms that each stand in the sentence once
ALONE = 0.5  # gain asked of one thing in the place of another that the claim does not have
NAMES = 0.15  # how much more is asked of two names of different kinds
DECAY = 0.7  # how fast weight falls with rank
SIDE = 0.8  # what a neighbour counts that stands on the other side
EDGE = 0.6  # what is left of it beyond a comma or a conjunction


@lru_cache(maxsize=4096)
def neighbourhood(text: Text, start: int, end: int, skip: frozenset[int]) -> Neighbours:
    """Content tokens around a span with a weight that falls with distance and at each clause's edge."""
    out: list[tuple[frozenset[str], str, float, int]] = []
    for side in (1, -1):
        rank, factor = 0, 1.0
        at = end if side > 0 else start - 1
        while 0 <= at < len(text.tokens):
            t = text.tokens[at]
            if t.low in _STOPS:
                break
            if t.low == "," or t.low in _BREAKS or t.low in {"(", ")", "—"}:
                factor *= EDGE
            elif t.low in _LINKS:
                factor *= 0.8
            elif not t.thin and at not in skip:
                rank += 1
                out.append(
                    (
                        t.concepts,
                        t.stem,
                        factor / (DECAY * rank + 1 - DECAY) * (1.0 if side > 0 else 0.9),
                        side,
                    )
                )
                if rank >= 8:
                    break
            at += side
    return tuple(out)


Neighbours = tuple[tuple[frozenset[str], str, float, int], ...]


def likeness(a: Neighbours, b: Neighbours, across: float = 1.0) -> float:
    """How many neighbours two places share, nearer ones more; `across`: what one on the other side counts."""
    total = 0.0
    for concepts, root, weight, side in a:
        best = 0.0
        for other, other_root, other_weight, other_side in b:
            turned = 1.0 if side == other_side else across
            if root == other_root:
                best = max(best, turned * math.sqrt(weight * other_weight))
            elif concepts & other:
                best = max(best, turned * 0.6 * math.sqrt(weight * other_weight))
        total += best
    return total


def swapped(
    claim: Text,
    claim_numbers: tuple[Quantity, ...],
    sentence: Sentence,
    margin: float,
    subjects: frozenset[str],
) -> tuple[str, str] | None:
    """Two things that the claim has in each other's place, as far as their neighbours tell."""
    mine = items(claim, claim_numbers)
    theirs = items(sentence.text, sentence.numbers)
    best: tuple[float, str, str] | None = None
    for i, a in enumerate(mine):
        for b in mine[i + 1 :]:
            if not exchangeable(a, b):
                continue
            if a.kind == "name" and {a.token.key, b.token.key} & subjects:
                continue
            pa = [t for t in theirs if same_item(a, t)]
            pb = [t for t in theirs if same_item(b, t)]
            if not pa or not pb or {t.start for t in pa} & {t.start for t in pb}:
                continue
            skip = frozenset(range(a.start, a.end)) | frozenset(range(b.start, b.end))
            na = neighbourhood(claim, a.start, a.end, skip)
            nb = neighbourhood(claim, b.start, b.end, skip)
            skip_p = frozenset(k for t in pa + pb for k in range(t.start, t.end))
            qa = [neighbourhood(sentence.text, t.start, t.end, skip_p) for t in pa]
            qb = [neighbourhood(sentence.text, t.start, t.end, skip_p) for t in pb]
            gain = max(
                max(likeness(na, q, side) for q in qb)
                + max(likeness(nb, q, side) for q in qa)
                - max(likeness(na, q, side) for q in qa)
                - max(likeness(nb, q, side) for q in qb)
                for side in (1.0, SIDE)
            )
            strict = a.kind == "name" and a.token.key[:3] != b.token.key[:3]
            if len(pa) == len(pb) == 1 and (
                a.kind == "number" or (a.kind == "term" and a.token.stem == pa[0].token.stem)
            ):
                gain += margin - ONCE
            if gain > margin + NAMES * strict and (best is None or gain > best[0]):
                best = (gain, a.token.text, b.token.text)
    return (best[1], best[2]) if best else None


def instead(claim: Text, claim_numbers: tuple[Quantity, ...], sentence: Sentence) -> tuple[str, str] | None:
    """A term or number that stands in the claim where the sentence has another of its kind: FP16 for FP32."""
    mine, theirs = items(claim, claim_numbers), items(sentence.text, sentence.numbers)
    for a in mine:
        own = [t for t in theirs if same_item(a, t)]
        if len(own) != 1:
            continue
        for other in theirs:
            siblings = bool(
                {n for n, _ in CONTRASTS.get(a.token.stem, [])}
                & {n for n, _ in CONTRASTS.get(other.token.stem, [])}
            )
            if not (siblings or a.kind == other.kind == "number") or not exchangeable(a, other):
                continue
            if any(same_item(m, other) for m in mine) or sum(same_item(other, t) for t in theirs) != 1:
                continue
            skip = frozenset(range(own[0].start, own[0].end)) | frozenset(range(other.start, other.end))
            near = neighbourhood(claim, a.start, a.end, frozenset(range(a.start, a.end)))
            gain = likeness(near, neighbourhood(sentence.text, other.start, other.end, skip))
            gain -= likeness(near, neighbourhood(sentence.text, own[0].start, own[0].end, skip))
            if gain > (2 * ALONE if a.kind == "number" else ALONE):
                return a.token.text, other.token.text
    return None


_VAGUE = wordset("need significant considerable often usually few much best better more less second first")


# --- adjectives ------------------------------------------------------------------------------------------

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
        "major considerable substantial significant severe heavy serious",
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
                if k.low in _BREAKS or (k.kind == "mark" and k.low != "~") or (k.thin and k.low != "of"):
                    break
                if k.kind == "word" and not k.thin:
                    nouns.append(k.stem)
            if any(k.low in _PRAISE for k in text.tokens[t.index + 1 : t.index + 4]):
                continue
            if nouns:
                out += [(*scale, frozenset(nouns[:2]), t.text) for scale in _SCALES[t.low]]
    return tuple(out)


def signs_of(scale: str, text: Text) -> set[int]:
    """Which ends of a scale a sentence names: larger and smaller."""
    return {sign for t in text.tokens for name, sign in _SCALES.get(t.low, ()) if name == scale}


# --- connectors ------------------------------------------------------------------------------------------

_LINKS = {
    "than": "than",
    "over": "over",
    "instead-of": "instead",
    "alternative-to": "instead",
    "compared-to": "than",
    "into": "to",
    "to": "to",
    "with": "with",
    "by": "by",
    "for": "for",
    "from": "from",
    "of": "of",
    "in": "in",
    "on": "on",
    "as": "as",
    "via": "by",
    "using": "by",
    "through": "by",
    "before": "before",
    "after": "after",
}


def head_of(tokens: tuple[Token, ...], at: int) -> Token | None:
    """Last content token of the noun phrase that starts at `at`."""
    head = None
    for t in tokens[at : at + 7]:
        if t.kind == "mark" or t.low in _LINKS or t.low in _BREAKS:
            if t.low == "~":
                continue
            break
        if not t.light:
            head = t
            if t.kind == "name":
                break
    return head


def _phrase(tokens: tuple[Token, ...], at: int, step: int) -> list[Token]:
    """Content tokens of the phrase on one side of a connector, nearest first."""
    out: list[Token] = []
    k = at + step
    while 0 <= k < len(tokens) and len(out) < (3 if step < 0 else 5):
        t = tokens[k]
        if step > 0 and t.low == "(" and k + 2 < len(tokens) and tokens[k + 2].low == ")":
            out.append(tokens[k + 1])  # Optimal Brain Quantization (OBQ)
        if (
            (t.kind == "mark" and t.low not in {"~", '"'})
            or t.low in _BREAKS
            or (t.low in _LINKS and not (step < 0 and t.low == "of"))
        ):
            break
        if not t.light:
            out.append(t)
        k += step
    return out


_UPON = frozenset(stem(w) for w in wordset("extend improve enhance inspire"))


def _upon(tokens: tuple[Token, ...], at: int) -> tuple[Token, Token] | None:
    """(what extends, what it extends) for 'X improves Y' and 'Extending Y, X ...'."""
    right = next((t for t in tokens[at + 1 : at + 7] if t.kind == "name" or t.low == ","), None)
    if right is None or right.kind != "name":
        return None
    left = next((t for t in tokens[:at] if t.kind == "name" and t.low != "llm"), None)
    if left is None and at <= 3:
        comma = next((t.index for t in tokens[right.index :] if t.low == ","), None)
        left = next((t for t in tokens[comma:] if t.kind == "name"), None) if comma is not None else None
    return (left, right) if left is not None and left.key != right.key else None


_DIRECTED = {w: w for w in ("over", "instead-of", "before", "after", "into", "to", "with", "for")} | {
    "alternative-to": "instead-of"
}


@lru_cache(maxsize=1024)
def directed(text: Text) -> tuple[tuple[str, tuple[Token, ...], tuple[Token, ...]], ...]:
    """(connector, left phrase, right phrase) for A over B, A than B, A instead of B, from A to B, replace A
    with B."""
    out = []
    tokens = text.tokens
    for t in tokens:
        if t.low in _DIRECTED:
            left, right = _phrase(tokens, t.index, -1), _phrase(tokens, t.index, 1)
            if left and right:
                out.append((_DIRECTED[t.low], tuple(left), tuple(right)))
        if t.low == "from":
            right = _phrase(tokens, t.index, 1)
            to = next(
                (k for k in tokens[t.index + 1 : t.index + 9] if k.low in {"to", "into", "towards"}), None
            )
            if to is not None:
                goal = _phrase(tokens, to.index, 1)
                if right and goal:
                    out.append(("to", tuple(right), tuple(goal)))
            else:  # transfer to B from A
                back = next(
                    (k for k in reversed(tokens[max(0, t.index - 7) : t.index]) if k.low in {"to", "into"}),
                    None,
                )
                if back is not None and right:
                    goal = _phrase(tokens, back.index, 1)
                    if goal:
                        out.append(("to", tuple(right), tuple(goal)))
        if t.stem in _UPON:
            pair = _upon(tokens, t.index)
            if pair:
                out.append(("extends", (pair[0],), (pair[1],)))
        if t.stem in {stem("replace"), stem("substitute")}:
            by = next((k for k in tokens[t.index + 1 : t.index + 8] if k.low in {"with", "by"}), None)
            if by is not None:
                old, new = _phrase(tokens, t.index, 1), _phrase(tokens, by.index, 1)
                if t.stem == stem("substitute") and by.low == "by":
                    old, new = _phrase(tokens, t.index, 1), _phrase(tokens, by.index, 1)
                if old and new:
                    out.append(("instead-of", tuple(new), tuple(old)))
    return tuple(out)


def crossed(
    left: tuple[Token, ...],
    right: tuple[Token, ...],
    their_left: tuple[Token, ...],
    their_right: tuple[Token, ...],
) -> tuple[str, str] | None:
    """A token of each side that stands on the other side only."""
    a, b = {t.stem for t in their_left}, {t.stem for t in their_right}
    x = next((t for t in left if t.stem in b - a), None)
    y = next((t for t in right if t.stem in a - b), None)
    return (x.text, y.text) if x is not None and y is not None else None


def meet(a: tuple[Token, ...] | list[Token], b: tuple[Token, ...] | list[Token]) -> int:
    """How many tokens of `a` have a counterpart of the same stem (2) or group (1) in `b`, best one."""
    best = 0
    for x in a:
        for y in b:
            if (
                x.stem == y.stem
                or (x.key and x.key == y.key)
                or (x.key and len(x.key) > 4 and len(y.low) > 15 and x.key in y.low)
            ):
                best = 2
            elif x.concepts & y.concepts and x.kind == y.kind:
                best = max(best, 1)
    return best


_PARTICLES = frozenset({"up", "out", "down", "off", "away"})
_DETERMINERS = frozenset({"the", "a", "an", "its", "their", "this", "these", "each", "all", "both"})


@lru_cache(maxsize=1024)
def objects(text: Text) -> tuple[tuple[Token, Token], ...]:
    """(word, head of the noun phrase) where a determiner follows a word of content: parallelizes the
    generation."""
    out = []
    for t in text.tokens[1:]:
        verb = text.tokens[t.index - 1]
        if verb.low in _PARTICLES and verb.index:
            verb = text.tokens[verb.index - 1]
        if t.low not in _DETERMINERS or verb.kind != "word" or verb.light:
            continue
        head = head_of(text.tokens, t.index + 1)
        if head is not None:
            out.append((verb, head))
    return tuple(out)


def _reach(text: Text, verb: int, head: int) -> set[str]:
    """Stems of a verb's object with what hangs on it by 'of', 'for' or 'in': the performance of a model."""
    end = head
    for t in text.tokens[head + 1 : head + 9]:
        if (t.kind == "mark" and t.low != "~") or t.low in _BREAKS or (t.low in _LINKS and t.low != "of"):
            break
        end = t.index
    return {t.stem for t in text.tokens[verb : end + 1]}


def redirected(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """A verb done to something else of the sentence than the sentence has it done to."""
    theirs = objects(sentence)
    roots = {t.stem for t in sentence.tokens}
    for verb, mine in objects(claim):
        same = [(v, o) for v, o in theirs if v.stem == verb.stem]
        rivals = [o for _, o in same]
        if (
            mine.kind != "word"
            or mine.stem not in roots
            or not rivals
            or any(o.concepts & mine.concepts for o in rivals)
        ):
            continue
        alike = [(v, o) for v, o in theirs if v.concepts & verb.concepts]
        if any(mine.stem in _reach(sentence, v.index, o.index) for v, o in alike):
            continue
        near = {t.stem for t in claim.tokens[verb.index : mine.index + 4]}
        if not any(o.stem in near for o in rivals) and not any(
            listed(sentence, t.index, o.index) for o in rivals for t in sentence.tokens if t.stem == mine.stem
        ):
            return mine.text, rivals[0].text
    return None


def listed(text: Text, a: int, b: int) -> bool:
    """Whether two tokens are items of one list: only words of content, commas, 'and' and 'or' between
    them."""
    low, high = sorted((a, b))
    between = text.tokens[low + 1 : high]
    return (
        len(between) <= 14
        and any(t.low in _AND for t in between)
        and all(t.low in _AND or t.low in {"~", "the", "a", "other"} or not t.thin for t in between)
    )


_BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
# Verbs whose two sides cannot change places without changing what is said.
_ONE_WAY = frozenset(
    stem(w)
    for w in wordset(
        "affect influence guide teach supervise generate predict validate verify select replace map transfer "
        "convert require enable drive determine produce mirror mimic imitate align approximate scale inspire "
        "cause evaluate assess retrieve contain build extend precede follow benefit help improve prompt feed "
        "reframe reformulate power underlie use employ leverage optimize quantize prune compress "
        "update control limit reduce increase store divide merge"
    )
)


_NOUNS = ("ing", "ion", "ions", "ment", "ance", "or", "er", "al")  # endings of what is no finite verb


def _sides_of(text: Text, at: int) -> tuple[list[Token], list[Token]]:
    """What does and what is done to, for the verb at a token: content tokens of its clause, nearest first."""
    tokens = text.tokens
    before: list[Token] = []
    for t in reversed(tokens[:at]):
        if (t.kind == "mark" and t.low != "~") or t.low in _BREAKS or t.low == "how" or len(before) == 3:
            break
        if not t.light and t.kind != "number":
            before.append(t)
    behind = tokens[at + 1 : at + 12]
    by = next((t.index for t in behind[:5] if t.low == "by"), None)
    passive = at > 0 and any(t.low in _BE for t in tokens[max(0, at - 2) : at])
    start = by + 1 if passive and by is not None else at + 1
    after: list[Token] = []
    for t in tokens[start : at + 12]:
        ends = (t.kind == "mark" and t.low != "~") or t.low in _BREAKS or t.low == "how"
        if ends or len(after) == 4 or (t.low in _LINKS and t.low != "of"):
            break
        if not t.light and t.kind != "number":
            after.append(t)
    if passive:
        return (after if by is not None else []), before
    return before, after


def reversed_verb(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """Two things on the wrong sides of a verb: how PEFT affects compression for how compression affects
    PEFT."""
    once: dict[str, Token | None] = {}
    for t in sentence.tokens:
        if t.kind == "word" and t.stem in _ONE_WAY and not t.low.endswith(_NOUNS):
            once[t.stem] = None if t.stem in once else t
    for t in claim.tokens:
        other = once.get(t.stem) if t.kind == "word" else None
        if other is None or t.low.endswith(_NOUNS):
            continue
        left, right = _sides_of(claim, t.index)
        their_left, their_right = _sides_of(sentence, other.index)
        pair = crossed(tuple(left), tuple(right), tuple(their_left), tuple(their_right))
        if pair and not {k.stem for k in left} & {k.stem for k in their_left}:
            return pair
    return None


_AND = frozenset({",", "and", "or"})


@lru_cache(maxsize=1024)
def slots(text: Text, reach: int = 1) -> tuple[tuple[Token, str, Token], ...]:
    """(governor, preposition, dependent): prefixes FOR model, knowledge FROM teacher. `reach`: how many words
    before the preposition are taken as its governor."""
    out = []
    for t in text.tokens:
        if t.low in {"for", "from", "into", "of", "with", "by", "in", "on", "via", "through", "as", "to"}:
            left, right = _phrase(text.tokens, t.index, -1), _phrase(text.tokens, t.index, 1)
            for governor in left[:reach]:
                out += [(governor, _LINKS.get(t.low, t.low), r) for r in right if r.kind != "number"]
    return tuple(out)


_SOURCE = frozenset({"from"})
_GOAL = frozenset({"for"})


def turned(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """Where something comes from in the one, it goes to in the other: solutions from and for the teacher."""
    theirs = slots(sentence)
    for governor, link, mine in slots(claim):
        if link not in _SOURCE | _GOAL:
            continue
        same = [k for g, k, d in theirs if g.stem == governor.stem and d.stem == mine.stem]
        if same and all((k in _SOURCE) != (link in _SOURCE) and k in _SOURCE | _GOAL for k in same):
            return governor.text, mine.text
    return None


_CAST = frozenset(
    stem(w)
    for w in wordset("treat view see regard use serve represent formulate cast act consider frame define")
)


def cast(claim: Text, sentence: Text) -> tuple[str, str] | None:
    """A thing cast as what the sentence casts another as: dependencies as vertices for thoughts as
    vertices."""
    theirs = [(g, d) for g, k, d in slots(sentence) if k == "as"]
    roots = {t.stem for t in sentence.tokens}
    for governor, link, mine in slots(claim):
        if link != "as" or governor.stem not in roots:
            continue
        before = {t.stem for t in claim.tokens[max(0, mine.index - 10) : mine.index]}
        if not before & _CAST:
            continue
        rivals = [g for g, d in theirs if d.stem == mine.stem and g.stem not in before]
        if not rivals or any(g.concepts & governor.concepts for g in rivals):
            continue
        places = [t.index for t in sentence.tokens if t.stem == governor.stem]
        if not any(listed(sentence, k, g.index) or abs(k - g.index) <= 3 for g in rivals for k in places):
            return governor.text, rivals[0].text
    return None


FIRST = frozenset({"first", "initially", "starts", "begins"})
THEN = frozenset({"then", "afterwards", "subsequently", "later", "finally", "next"})


@lru_cache(maxsize=1024)
def ordered(text: Text) -> tuple[frozenset[str], frozenset[str]] | None:
    """Stems of what comes first and of what comes then, in a sentence that tells an order."""
    first = next((t.index for t in text.tokens if t.low in FIRST), None)
    if first is None:
        return None
    then = next((t.index for t in text.tokens[first:] if t.low in THEN), None)
    if then is None:
        return None
    before = frozenset(t.stem for t in text.tokens[first:then] if not t.light)
    after = frozenset(t.stem for t in text.tokens[then:] if not t.light)
    return before - after, after - before


def _either(a: Token, b: Token) -> bool:
    """Whether two tokens exclude each other: GPU and CPU, short and long, two names."""
    if a.kind == b.kind == "name":
        return a.key != b.key
    if {n for n, _ in CONTRASTS.get(a.stem, [])} & {n for n, _ in CONTRASTS.get(b.stem, [])}:
        return a.stem != b.stem
    return any(o in b.concepts for c in a.concepts for o in OPPOSITES.get(c, ()))


def _modifies(text: Text, modifier: str, head: str) -> bool:
    """Whether a word stands just before another: the unfaithfulness rate for the rate of unfaithfulness."""
    return any(
        t.stem == head and modifier in {k.stem for k in text.tokens[max(0, t.index - 2) : t.index]}
        for t in text.tokens
    )


def misplaced(claim: Text, sentence: Text, stems_p: frozenset[str]) -> tuple[str, str] | None:
    """A dependent that the sentence has elsewhere, in the slot of another that the claim has elsewhere."""
    stems_c = {t.stem for t in claim.tokens}
    for reach in (1, 2):
        theirs = slots(sentence, reach)
        for governor, link, mine in slots(claim, reach):
            if mine.stem not in stems_p or link == "as":
                continue
            rivals = [d for g, k, d in theirs if g.stem == governor.stem and k == link]
            if any(d.stem == mine.stem or d.concepts & mine.concepts for d in rivals):
                continue
            if link == "to" or reach > 1:  # farther off, only what cannot be both
                rivals = [r for r in rivals if _either(r, mine)]
            own = {d.stem for g, k, d in slots(claim, reach) if g.stem == governor.stem and k == link}
            for rival in rivals:
                if rival.stem not in stems_c or rival.stem in own or rival.low in GENERAL:
                    continue
                if _modifies(sentence, mine.stem, governor.stem):
                    continue
                if not any(
                    listed(sentence, t.index, rival.index) for t in sentence.tokens if t.stem == mine.stem
                ):
                    return mine.text, rival.text
    return None


@lru_cache(maxsize=1024)
def foils(text: Text) -> tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...]:
    """(what something is set against, what is set against it) for 'Unlike X, Y ...' and 'Y ..., unlike X'."""
    out = []
    tokens = text.tokens
    for t in tokens:
        if t.low not in {"unlike", "compared-to"}:
            continue
        comma = next((k.index for k in tokens[t.index :] if k.low == ","), len(tokens))
        foil = [k for k in tokens[t.index + 1 : min(comma, t.index + 7)] if not k.thin][:4]
        if t.index <= 4:
            main = [k for k in tokens[comma:] if not k.thin][: len(foil)]
        else:
            main = [k for k in tokens[: t.index] if not k.thin][: len(foil)]
        if foil and main:
            out.append((tuple(foil), tuple(main)))
    return tuple(out)


# --- comparisons -----------------------------------------------------------------------------------------

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
_ALIKE = frozenset({"similar", "same", "equal"})
_GAINS = frozenset({"gain", "gains", "speedup", "speedups"})
_PRAISE = wordset("efficient effective accurate stable robust flexible satisfying scalable reliable faithful")
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
        if t.low in {"more", "less"} and any(k.low in _PRAISE for k in tokens[t.index + 1 : t.index + 3]):
            sign = 1 if t.low == "more" else -1
        if (
            t.low == "more"
            and t.index
            and any(k.stem in _GAIN for k in tokens[max(0, t.index - 3) : t.index])
        ):
            sign = 1
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
                if k.low in _STOPS or k.low in {"while", "whereas", "but"}
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
        if t.low in {"while", "whereas", "but", "although", "that"} or t.low in _STOPS:
            begin = t.index + 1
    words = _content(tokens[begin:end])
    return words[:4] + [t for t in words[4:] if t.kind == "name"]


# --- changes ---------------------------------------------------------------------------------------------

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
    "complexity": ("complexity", 1),
    "flexibility": ("flexibility", 1),
    "communication": ("communication", 1),
}
DIMENSION_OF = {stem(k): v for k, v in _DIMENSIONS.items()}
_LOWER_IS_BETTER = frozenset({"time", "memory", "cost", "energy", "complexity", "communication"})
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
    "longer high fewer less "
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
        "slash degrade hurt worsen double halve lengthen shorten prolong speedup"
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
            if arg.index + 1 < len(tokens) and tokens[arg.index + 1].stem == stem("efficient"):
                dimension, sense = (dimension, -1)
            value = direction * sense
            if (good or bad) and not (up or down) and dimension in _LOWER_IS_BETTER and sense == 1:
                value = -value
            if good and up and dimension in _LOWER_IS_BETTER and t.stem in {stem("improve"), stem("enhance")}:
                value = -value
            near = {k.stem for k in _near(tokens, arg.index, 4) if k.index != t.index}
            out.append(Change(dimension, value * flip, t.index, frozenset(near), t.text))
    return out


_NOMINAL = wordset("gain gains improvement improvements degradation drop decline increase reduction growth")


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
        if t.kind == "word" and not t.light and not t.low.endswith("ly"):
            if not adjective and found and found[-1].index == t.index - 1:
                found.pop()  # only the head of a noun phrase: training costs
            found.append(t)
        if len(found) >= (
            1 if adjective and not tokens[at].low.endswith(("er", "re", "ss")) else 3 if adjective else 5
        ):
            break
    if found:
        known = [t for t in found if t.stem in DIMENSION_OF]
        return (known or found) if adjective else found
    for t in reversed(tokens[max(0, at - 6) : at]):
        if (
            (t.kind == "mark" and t.low != "~")
            or t.low in _BREAKS
            or t.low in {"as", "by", "with", "for", "to"}
        ):
            break
        if t.kind == "word" and not t.light:
            found.append(t)
            if len(found) >= 2:
                break
    return found
