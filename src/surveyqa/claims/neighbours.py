"""Things that can stand in each other's place, and the words around them that tell which is where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from surveyqa.claims.evidence import Sentence
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.numbers import Quantity
from surveyqa.claims.phrases import BREAKS, LINKS, STOPS
from surveyqa.claims.words import CONTRASTS, DENYING_PREFIXES, OPPOSITES, Text, Token, opposing


@dataclass(frozen=True)
class Item:
    """Something that can be exchanged for another: a name, a number, a term with a sibling. Token span."""

    kind: str
    start: int
    end: int
    token: Token
    quantity: Quantity | None = None
    noun: str = ""  # stem of the noun it tells from its like: 'phase' for 'prefill'


def items(text: Text, numbers: tuple[Quantity, ...]) -> list[Item]:
    """All exchangeable things of a sentence in order."""
    taken = {i for q in numbers for i in range(q.start, q.end)}
    lows = {t.low for t in text.tokens if t.kind == "word"}
    denied = {w: p + w for w in lows if len(w) >= 5 for p in DENYING_PREFIXES if p + w in lows}
    siblings = siblings_in(text)
    paired = denied.keys() | set(denied.values())  # coherent and incoherent
    found: list[Item] = []
    for t in text.tokens:
        if t.index in taken or t.kind == "mark" or t.low in _VAGUE:
            continue
        if t.kind == "name":
            if found and found[-1].kind == "name" and found[-1].end == t.index:  # Block Transformer
                found[-1] = Item("name", found[-1].start, t.index + 1, found[-1].token)
            else:
                found.append(Item("name", t.index, t.index + 1, t))
        elif t.kind == "word" and (
            t.stem in CONTRASTS
            or t.low in paired
            or t.index in siblings
            or any(c in OPPOSITES for c in t.concepts)
        ):
            found.append(Item("term", t.index, t.index + 1, t, noun=siblings.get(t.index, "")))
    found += [Item("number", q.start, q.end, text.tokens[q.start], q) for q in numbers]
    return sorted(found, key=lambda i: i.start)


@lru_cache(maxsize=1024)
def siblings_in(text: Text) -> dict[int, str]:
    """Index of a word -> stem of the noun behind it, for nouns that several words stand before: the prefill
    phase and the decode phase."""
    pairs = [
        (a, b)
        for a, b in pairwise(text.tokens)
        if a.kind == b.kind == "word" and not a.light and not b.thin and not a.low.endswith("ly")
    ]
    before: dict[str, set[str]] = {}
    for a, b in pairs:
        before.setdefault(b.stem, set()).add(a.stem)
    return {a.index: b.stem for a, b in pairs if len(before[b.stem]) == 2}


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
    if a.noun and a.noun == b.noun:
        return a.token.stem != b.token.stem
    lines_a = {n: k for n, k in CONTRASTS.get(a.token.stem, [])}
    for line, key in CONTRASTS.get(b.token.stem, []):
        if line in lines_a and lines_a[line] != key:
            return True
    return opposing(a.token, b.token)


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
            if t.low in STOPS:
                break
            if t.low == "," or t.low in BREAKS or t.low in {"(", ")", "—"}:
                factor *= EDGE
            elif t.low in LINKS:
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
