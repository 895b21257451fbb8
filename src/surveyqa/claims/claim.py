"""The claim as the rules see it: read once, cut in segments, each with the sentence that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from surveyqa.claims.evidence import Name, Passage, Sentence, akin, denied_tokens, names_in, subjects
from surveyqa.claims.lexicon import wordset
from surveyqa.claims.numbers import Quantity, quantities
from surveyqa.claims.words import Text, Token, name_key, squeeze

_BREAK = wordset("and while whereas but although though so which because since as when unless despite")
COMMON = wordset("llm gpu ai nlp kv ml cpu nlu transformer english flop et-al")


@dataclass(frozen=True)
class Finding:
    """One departure. `wrong`: the passage says otherwise; else it only does not say it."""

    rule: str
    message: str
    wrong: bool


@dataclass(frozen=True)
class Claim:
    """The claim, read once, with the passage's sentences that each of its segments is about."""

    text: Text
    names: tuple[Name, ...]
    subjects: tuple[Name, ...]
    numbers: tuple[Quantity, ...]
    denied: frozenset[int]
    segments: tuple[tuple[int, int], ...]
    aligned: tuple[int, ...]  # per segment: index of the best sentence, -1 if none
    evidence: tuple[int, ...]  # indices of all sentences that carry some segment


def segment(text: Text) -> tuple[tuple[int, int], ...]:
    """Token spans between commas and conjunctions, each with two words of content or more."""
    cuts = [0]
    for token in text.tokens[1:]:
        if (token.kind == "mark" and token.low in {",", ";", ":", "(", "—"}) or token.low in _BREAK:
            cuts.append(token.index)
    cuts.append(len(text.tokens))
    spans: list[tuple[int, int, int]] = []
    for start, end in pairwise(cuts):
        size = sum(not t.light or t.kind == "number" for t in text.tokens[start:end])
        if spans and (size < 2 or spans[-1][2] < 2):
            spans[-1] = (spans[-1][0], end, spans[-1][2] + size)
        else:
            spans.append((start, end, size))
    return tuple((a, b) for a, b, _ in spans)


def match(token: Token, sentence: Sentence) -> float:
    """1 for the same stem, 0.7 for a synonym, 0 for neither."""
    if token.stem in sentence.stems:
        return 1.0
    if token.kind == "name" and any(akin(token.key, n.key) for n in sentence.names):
        return 1.0
    return 0.7 if token.concepts & sentence.concepts else 0.0


def affinity(tokens: list[Token], sentence: Sentence, passage: Passage) -> float:
    """How much of `tokens` a sentence carries; words that every sentence has count little."""
    total = 0.0
    for token in tokens:
        value = match(token, sentence)
        if value:
            rare = min((passage.frequency.get(c, 1) for c in token.concepts & sentence.concepts), default=1)
            total += value / (0.5 + 0.5 * rare)
    return total


def align(text: Text, passage: Passage) -> Claim:
    """Which sentences carry which segment of the claim."""
    names = names_in(text)
    spans = segment(text)
    numbers = tuple(quantities(text))
    aligned: list[int] = []
    evidence: set[int] = set()
    about = [n for n in subjects(text, names)]
    for start, end in spans:
        tokens = [t for t in text.tokens[start:end] if not t.light]
        inside = [q for q in numbers if start <= q.start < end]
        scores = []
        for s in passage.sentences:
            score = affinity(tokens, s, passage)
            score += sum(1.5 for q in inside if any(q.agrees(p) for p in s.numbers))
            if about and any(a.same(o) for a in about for o in s.about):
                score += 0.6
            scores.append(score)
        best = max(scores, default=0.0)
        if best <= 0:
            aligned.append(-1)
            continue
        aligned.append(scores.index(best))
        evidence |= {i for i, s in enumerate(scores) if s >= 0.8 * best}
        rest = [t for t in tokens if not match(t, passage.sentences[scores.index(best)])]
        if len(rest) >= 2:  # a segment that merges two sentences
            more = [affinity(rest, s, passage) for s in passage.sentences]
            if max(more) >= 1.0:
                evidence.add(more.index(max(more)))
    return Claim(
        text,
        tuple(names),
        tuple(about),
        numbers,
        denied_tokens(text),
        spans,
        tuple(aligned),
        tuple(sorted(evidence)),
    )


def carrying(claim: Claim, passage: Passage) -> list[Sentence]:
    return [passage.sentences[i] for i in claim.evidence]


def known_name(token: Token, passage: Passage, context: str) -> bool:
    key = token.key or name_key(token.text)
    if key in passage.keys or any(akin(key, k) for k in passage.keys if len(k) >= 3):
        return True
    if len(key) >= 4 and not key[-1].isdigit() and key in passage.squeezed:
        return True
    if any(key.startswith(k) and key[len(k) :] in passage.keys for k in passage.keys if len(k) >= 3):
        return True
    simple = token.text[0].isupper() and token.text[1:].islower()
    if (simple or token.text.islower()) and token.concepts & passage.concepts:
        return True
    return bool(context) and key in squeeze(context)
