"""The sentences of an answer: statements first, the one that answers first; verbatim sentences where no
statement tells it. It stops when the question is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveyqa.answering.citing import Selected
from surveyqa.answering.retrieval import Key, Retrieval
from surveyqa.answering.written import StatementHit, named_pages, nearness
from surveyqa.index import Index
from surveyqa.index.statements import Told
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
    "define": Measure(75, 3, 1.5),
    "how": Measure(95, 4, 1.5),
    "why": Measure(80, 3, 1.4),
    "number": Measure(70, 3, 1.2),
    "who": Measure(60, 2, 1.2),
    "pros": Measure(95, 4, 1.5),
    "limits": Measure(90, 4, 1.5),
    "recommend": Measure(110, 4, 1.5),
}
USUAL = Measure(80, 3, 1.4)
SAME = 0.65  # share of the fewer terms that two sentences hold in common: they say the same
QUOTED = 0.12  # by how much a verbatim sentence must fit better than what is written to be told too
PART = 0.45  # score that a statement needs to answer a part of a question


class Composer:
    """Sentences chosen so far, each saying something new."""

    def __init__(self, index: Index, reading: Reading, words: int) -> None:
        self.index = index
        self.reading = reading
        self.chosen: list[Selected] = []
        self._left = words
        self._said: list[frozenset[str]] = []

    def tell(self, told: Told, item: bool = False, group: str = "", force: bool = False) -> bool:
        """Add a statement; False where it says nothing new or has no room."""
        zh = self.reading.language == "zh"
        text = told.zh if zh else told.text
        chosen = Selected(text, told.places, "written", item, group, told)
        return self._add(chosen, told.text, force)

    def quote(self, key: Key) -> bool:
        """Add a sentence of the index as it stands."""
        chunk = self.index.chunks[key[0]]
        text = chunk.text[slice(*chunk.sentences[key[1]])]
        return self._add(Selected(text, (key,)), text)

    def _add(self, chosen: Selected, english: str, force: bool = False) -> bool:
        terms = frozenset(tokenize(english))
        size = len(english.split())
        if not force and self.chosen and size > self._left:
            return False
        if any(len(terms & said) > SAME * min(len(terms), len(said)) for said in self._said):
            return False
        self.chosen.append(chosen)
        self._said.append(terms)
        self._left -= size
        return True


def select(index: Index, reading: Reading, found: Retrieval) -> list[Selected]:
    """The sentences that answer a question in prose: the one that answers first, then what goes on about it."""
    measure = MEASURES.get(reading.intent, USUAL)
    more = max(0, len(reading.parts) - 1)
    composer = Composer(index, reading, measure.words + 25 * more)
    ranked = _opening(index, reading, found.hits)
    for hit in ranked[:1]:
        composer.tell(hit.told)
    for hit in _parts(index, reading, found):
        composer.tell(hit.told)
    for key in unwritten(index, found):
        composer.quote(key)
    for hit in ranked[1:]:
        if len(composer.chosen) >= measure.sentences + more:
            break
        if hit.score >= found.hits[0].score - measure.gap:
            composer.tell(hit.told)
    return _in_order(composer.chosen, reading.intent == "how")


def _opening(index: Index, reading: Reading, hits: Sequence[StatementHit]) -> list[StatementHit]:
    """Hits best first; of a definition the sentence that opens the page of the named thing comes before all."""
    if reading.intent != "define":
        return list(hits)
    pages = named_pages(index.statements, reading)
    first = [h for h in hits if h.told.page in pages and h.told.role == "What it is"]
    opening = min(first, key=lambda h: (hits.index(h) > 15, h.number), default=None)
    return [opening, *(h for h in hits if h is not opening)] if opening else list(hits)


def _in_order(chosen: list[Selected], steps: bool) -> list[Selected]:
    """Sentences of one page in its order behind the first, which answers; of steps all of them."""
    if not chosen or chosen[0].told is None:
        return chosen
    page = chosen[0].told.page
    own = [s for s in chosen if s.told is not None and s.told.page == page]
    rest = [s for s in chosen if s not in own]
    start = 0 if steps else 1
    return own[:start] + sorted(own[start:], key=lambda s: s.told.number if s.told else 0) + rest


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


def unwritten(index: Index, found: Retrieval, most: int = 1) -> list[Key]:
    """Sentences that fit better than every statement and prove none: what nobody has written ahead."""
    proving = {key for hit in found.hits for key in hit.told.places}
    lines = found.lines
    own = 0.5 * lines.cosine + 0.5 * lines.covered  # how well each itself fits, whatever stands around it
    proves = np.array([key in proving for key in lines.keys])
    best = own[proves].max(initial=0.0)
    free = [
        key
        for key in lines.ranked(~proves & (own > best + QUOTED), own)
        if index.chunks[key[0]].form in ("paragraph", "bullet", "footnote")
        and (index.chunks[key[0]].path or index.chunks[key[0]].kind != "survey")
    ]
    return free[:most]
