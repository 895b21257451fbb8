"""Sentences copied with something changed."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

from surveyqa.claims.claim import COMMON, Claim, Finding
from surveyqa.claims.coverage import STRICT_STEMS
from surveyqa.claims.evidence import Passage, Sentence
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.words import CONTRASTS, KNOWN, OPPOSITES, Token

_DEGREES = (
    wordset("significantly considerably substantially greatly massively much far significant considerable"),
    wordset("slightly marginally minimally barely little slight marginal minimal hardly"),
)


def edits(claim: Claim, passage: Passage) -> list[Finding]:
    """A sentence of the passage word for word, but for a name, a number, a term or a 'not'."""
    mine = [t for t in claim.text.tokens if t.kind != "mark"]
    found: list[Finding] = []
    for index in claim.evidence:
        sentence = passage.sentences[index]
        theirs = [t for t in sentence.text.tokens if t.kind != "mark"]
        if len(mine) > 1.3 * len(theirs) and index + 1 < len(passage.sentences):
            theirs += [t for t in passage.sentences[index + 1].text.tokens if t.kind != "mark"]
        matcher = SequenceMatcher(None, [t.low for t in mine], [t.low for t in theirs], autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks())
        if len(mine) < 7 or same < 0.7 * len(mine):
            continue
        pair = _reordered(mine, theirs)
        if pair:
            found.append(Finding("edit", f"'{pair[0]}' and '{pair[1]}' have changed places", True))
        everything = {t.low for t in theirs}
        for op, a, b, c, d in matcher.get_opcodes():
            if op != "replace" or b - a > 3 or d - c > 3:
                continue
            new, old = mine[a:b], theirs[c:d]
            gone = {t.low for t in old}
            for t in new:
                if t.kind == "number" or (t.kind == "name" and t.key not in COMMON):
                    other = next((o for o in old if o.kind == t.kind), None)
                    if (
                        other is not None
                        and (t.key != other.key or t.kind == "number")
                        and not (t.kind == "number" and _equal_numbers(t, other, claim, sentence))
                    ):
                        found.append(
                            Finding("edit", f"'{t.text}' where the passage has '{other.text}'", True)
                        )
                elif (how := _against(t, old, same / len(mine), passage)) is not None:
                    found.append(Finding("edit", f"'{t.text}' where the passage has '{how.text}'", True))
                elif (
                    t.low in everything - gone
                    and (t.stem in STRICT_STEMS or t.stem in CONTRASTS)
                    and any(not o.light and o.low != "instead-of" for o in old)
                    and not any(t.concepts & o.concepts for o in old)
                ):
                    found.append(Finding("edit", f"'{t.text}' where the passage has '{old[0].text}'", True))
    return found


def _reordered(mine: list[Token], theirs: list[Token]) -> tuple[str, str] | None:
    """Two names in the other order, unless they are items of one list."""
    if mine and mine[0].low.endswith(("ed", "ing")):  # Developed by X, Y ...
        return None
    order = {t.key: k for k, t in enumerate(theirs) if t.kind == "name"}
    once = {k for k in order if sum(t.key == k for t in theirs) == 1 == sum(t.key == k for t in mine)}
    names = [t for t in mine if t.key in once]
    for a, b in pairwise(names):
        low, high = order[b.key], order[a.key]
        if low < high and not all(
            t.kind == "name" or t.low in {"and", "or", "the"} for t in theirs[low:high]
        ):
            return a.text, b.text
    return None


def _against(new: Token, old: list[Token], share: float, passage: Passage) -> Token | None:
    """The word among `old` that `new` cannot stand for: its opposite, its sibling, another degree or
    force."""
    if any(new.concepts & o.concepts for o in old):
        return None
    lines = {n for n, _ in CONTRASTS.get(new.stem, [])}
    wanted = {o for c in new.concepts for o in OPPOSITES.get(c, ())}
    for o in old:
        if lines & {n for n, _ in CONTRASTS.get(o.stem, [])} or wanted & o.concepts:
            return o
        if new.low in {"must", "always", "never"} and o.low in {
            "can",
            "may",
            "might",
            "could",
            "often",
            "sometimes",
        }:
            return o
        if any(new.low in _DEGREES[k] and o.low in _DEGREES[1 - k] for k in (0, 1)):
            return o
        if (
            share >= 0.85
            and not new.light
            and not o.light
            and not new.concepts & passage.concepts
            and (new.stem in KNOWN or new.stem in STRICT_STEMS)
        ):
            return o
    return None


def _equal_numbers(a: Token, b: Token, claim: Claim, sentence: Sentence) -> bool:
    x = [q for q in claim.numbers if q.start <= a.index < max(q.end, q.start + 1)]
    y = [q for q in sentence.numbers if q.start <= b.index < max(q.end, q.start + 1)]
    return any(p.agrees(q) for p in x for q in y)
