"""The sentences of an answer: statements first, the one that answers first; verbatim sentences where no
statement tells it. It stops when the question is answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyqa.answering.citing import Selected
from surveyqa.answering.ranking import StatementHit, named_pages, nearness
from surveyqa.answering.retrieval import Key, Retrieval
from surveyqa.index import Index
from surveyqa.index.statements import Told
from surveyqa.text.screening import planted
from surveyqa.text.terms import tokenize
from surveyqa.understand.reading import Intent, Reading


@dataclass(frozen=True)
class Measure:
    """How long an answer may get. words: that it may have; sentences: at most; gap: behind the first one's
    score, at which a statement is not said any more."""

    words: int
    sentences: int
    gap: float


MEASURES: Mapping[Intent, Measure] = {
    "define": Measure(80, 3, 2.2),
    "how": Measure(100, 5, 2.2),
    "why": Measure(85, 4, 2.1),
    "number": Measure(70, 3, 1.8),
    "who": Measure(70, 3, 1.8),
    "pros": Measure(95, 4, 2.2),
    "limits": Measure(95, 4, 2.2),
    "recommend": Measure(115, 5, 2.2),
}
USUAL = Measure(85, 4, 2.1)
SAME = 0.65  # share of the fewer terms that two sentences hold in common: they say the same
TOLD = 3  # best statements, which an answer may tell
QUOTED = 0.12  # by how much a verbatim sentence must fit better than what is written to be told too
FURTHER = 0.35  # by how much a verbatim sentence may fit worse than the best where nothing is written
OWN = 1.8  # times the gap, for what is told on the page of the thing that is asked about
PART = 0.45  # score that a statement needs to answer a part of a question


class Composer:
    """Sentences chosen so far, each saying something new."""

    def __init__(self, index: Index, reading: Reading, words: int, same: float = SAME) -> None:
        """words: that there is room for; same: share of the terms in common with which two say the same."""
        self.index = index
        self._same = same
        self.reading = reading
        self.chosen: list[Selected] = []
        self._left = words
        self._said: list[frozenset[str]] = []

    def tell(self, told: Told, item: bool = False) -> bool:
        """Add a statement."""
        text = told.zh if self.reading.language == "zh" else told.text
        return self.add(Selected(text, told.places, "written", item, told=told))

    def quote(self, key: Key) -> bool:
        """Add a sentence of the index as it stands."""
        return self.add(Selected(self.index.sentence(*key), (key,)))

    def say(self, text: str, keys: tuple[Key, ...]) -> bool:
        """Add a sentence of our own that the sentences `keys` carry."""
        return self.add(Selected(text, keys, "written"))

    def add(self, chosen: Selected) -> bool:
        """Add a sentence; False where it says nothing new or has no room. A statement is measured by its
        English."""
        english = chosen.told.text if chosen.told else chosen.text
        terms = frozenset(tokenize(english))
        size = len(english.split())
        if self.chosen and size > self._left:
            return False
        if any(len(terms & said) > self._same * min(len(terms), len(said)) for said in self._said):
            return False
        self.chosen.append(chosen)
        self._said.append(terms)
        self._left -= size
        return True


def select(index: Index, reading: Reading, found: Retrieval) -> list[Selected]:
    """The sentences that answer a question in prose: the one that answers first, then what goes on about
    it."""
    measure = MEASURES.get(reading.intent, USUAL)
    more = max(0, len(reading.parts) - 1)
    composer = Composer(index, reading, measure.words + 25 * more)
    if found.untold(reading):
        best = _quotable(index, found, found.lines.score)[: measure.sentences + more]
        for key in sorted(best) if reading.intent in ("define", "how") else best:
            composer.quote(key)
        return composer.chosen
    ranked = _opening(index, reading, found.hits)
    for hit in ranked[:1]:
        composer.tell(hit.told)
    for hit in [*_parts(index, reading, found), *_sides(index, reading, ranked)]:
        composer.tell(hit.told)
    if reading.language == "en":  # a Chinese answer is told in Chinese; what proves it stands behind it
        for key in unwritten(index, found):
            composer.quote(key)
    pages = set(named_pages(index.statements, reading))
    for hit in ranked[1:]:
        if len(composer.chosen) >= measure.sentences + more:
            break
        gap = measure.gap * (OWN if hit.told.page in pages else 1.0)
        if hit.score >= found.hits[0].score - gap:
            composer.tell(hit.told)
    return _in_order(composer.chosen, reading.intent == "how")


def _opening(index: Index, reading: Reading, hits: Sequence[StatementHit]) -> list[StatementHit]:
    """Hits best first; of a definition the sentence that opens the page of the named thing comes before
    all."""
    if reading.intent != "define":
        return list(hits)
    pages = named_pages(index.statements, reading)
    first = [h for h in hits if h.told.page in pages and h.told.role == "What it is"]
    opening = min(first, key=lambda h: (hits.index(h) > 15, h.number), default=None)
    if opening is None:
        return list(hits)
    own = [h for h in hits if h.told.page == opening.told.page and h is not opening]
    own.sort(key=lambda h: h.told.role != "How it works")  # what it is, then how it works
    return [opening, *own, *(h for h in hits if h is not opening and h not in own)]


def _in_order(chosen: list[Selected], steps: bool) -> list[Selected]:
    """Sentences of one page in its order behind the first, which answers; of steps all of them."""
    if not chosen or chosen[0].told is None:
        return chosen
    page = chosen[0].told.page
    own = [s for s in chosen if s.told is not None and s.told.page == page]
    rest = [s for s in chosen if s not in own]
    start = 0 if steps else 1
    return own[:start] + sorted(own[start:], key=lambda s: s.told.number if s.told else 0) + rest


def _sides(index: Index, reading: Reading, ranked: Sequence[StatementHit]) -> Iterable[StatementHit]:
    """Of a comparison, the best statement on each of the pages that are named."""
    if reading.intent != "compare":
        return
    for page in named_pages(index.statements, reading):
        yield from [hit for hit in ranked if hit.told.page == page][:1]


def _parts(index: Index, reading: Reading, found: Retrieval) -> Iterable[StatementHit]:
    """For each thing that a question asks, the statement that answers it best."""
    if len(reading.parts) < 2:
        return
    vectors = index.encode(reading.parts)
    best = {hit.number: hit for hit in found.hits}
    for part, vector in zip(reading.parts, vectors, strict=True):
        scores = nearness(index.statements, reading, vector, part)
        order = sorted(best, key=lambda n: -(float(scores[n]) + 0.1 * best[n].score))
        if order and float(scores[order[0]]) >= PART:
            yield best[order[0]]


# An abstract that speaks of itself reads ill in an answer.
_SELF = re.compile(r"\b(?:we|our|us|this (?:paper|work|study))\b", re.I)


def unwritten(index: Index, found: Retrieval) -> list[Key]:
    """The sentence that fits much better than what is told, where there is one: nobody has written it
    ahead."""
    lines = found.lines
    own = 0.5 * lines.cosine + 0.5 * lines.covered  # how well each itself fits, whatever stands around it
    best = max((0.5 * hit.cosine + 0.5 * hit.held for hit in found.hits[:TOLD]), default=0.0)
    return [
        key
        for key in _quotable(index, found, own, own > best + QUOTED)
        if not _SELF.search(index.sentence(*key))
    ][:1]


def _quotable(
    index: Index, found: Retrieval, score: NDArray[np.float64], among: NDArray[np.bool_] | None = None
) -> list[Key]:
    """Sentences of the text by `score`, best first, none that gives orders to a language model; of what is
    named before others."""
    lines = found.lines
    names = lines.names.max(axis=1) if lines.names.size else np.zeros(len(lines.keys))
    if among is None:
        near = score >= score.max() - FURTHER
        about = near & (names >= names[near].max() - 0.1) if near.any() else near
        among = about
    return [
        key
        for key in lines.ranked(among, score)
        if index.chunks[key[0]].form in ("paragraph", "bullet", "footnote")
        and (index.chunks[key[0]].path or index.chunks[key[0]].kind != "survey")
        and not planted(index.sentence(*key))
    ]
