"""The sentences of an answer: statements first, the one that answers first; verbatim sentences where no
statement tells it. It stops when the question is answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveyqa.answering.citing import Selected
from surveyqa.answering.ranking import StatementHit, named_pages, nearness
from surveyqa.answering.retrieval import Key, Retrieval
from surveyqa.index import Index
from surveyqa.index.statements import PageHead, Told
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
TOLD = 3  # best statements, which an answer may tell
QUOTED = 0.12  # by how much a verbatim sentence must fit better than what is written to be told too
FURTHER = 0.35  # by how much a verbatim sentence may fit worse than the best where nothing is written
OWN = 1.8  # times the gap, for what is told on the page of the thing that is asked about
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
_SELF = re.compile(r"(?:In this|This|Our|We|Here)\b|.{0,60}\bwe (?:propose|present|introduce|show)\b", re.I)


def _sentence(index: Index, key: Key) -> str:
    chunk = index.chunks[key[0]]
    return chunk.text[slice(*chunk.sentences[key[1]])]


def unwritten(index: Index, found: Retrieval) -> list[Key]:
    """The sentence that fits much better than what is told, where there is one: nobody has written it
    ahead."""
    lines = found.lines
    own = 0.5 * lines.cosine + 0.5 * lines.covered  # how well each itself fits, whatever stands around it
    best = max((0.5 * hit.cosine + 0.5 * hit.held for hit in found.hits[:TOLD]), default=0.0)
    return [
        key
        for key in _quotable(index, found, own, own > best + QUOTED)
        if not _SELF.match(_sentence(index, key))
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
        and not planted(_sentence(index, key))
    ]


GROUPS = ("section", "heading", "category", "topic", "table", "figure")  # pages that others stand under
METHODS = ("method", "paper")
OVERVIEW = 130  # words of an overview, which may be longer than an answer
LIST = 260  # words of a list, whose items are one sentence each
MOST = 14  # items of a list of methods
NEAR = 3  # best statements among which the page of a group is looked for


def overview(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """What a section, category, heading, table or figure tells: what it is, why, its kinds, its parts."""
    page = _page(index, reading, found)
    if page is None:
        return None
    head = index.statements.pages[page]
    composer = Composer(index, reading, OVERVIEW)
    told = list(_told(index, head))
    for role, most in (("What it is", 2), ("Kinds", 2), ("Problem", 1), ("How it works", 1)):
        for statement in [t for t in told if t.role == role][:most]:
            composer.tell(statement)
    for child in _children(index, page):
        for statement in [t for t in _told(index, child) if t.role == "What it is"][:1]:
            composer.tell(statement, item=True)
    for statement in told:
        composer.tell(statement)
    return composer if composer.chosen else None


def outlook(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """What is hard or still open, of what is named."""
    page = _page(index, reading, found)
    if page is None:
        return None
    head = index.statements.pages[page]
    if head.kind == "topic":
        return overview(index, reading, found)
    composer = Composer(index, reading, OVERVIEW)
    for role in ("Limits", "Outlook", "Problem"):
        for statement in [t for t in _told(index, head) if t.role == role]:
            composer.tell(statement)
    return composer if composer.chosen else None


def kinds(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """The kinds of a thing: the sentence that names them first, then a line on each."""
    page = _page(index, reading, found, "Kinds")
    if page is None:
        return None
    head = index.statements.pages[page]
    composer = Composer(index, reading, OVERVIEW)
    named = [told for told in _told(index, head) if told.role == "Kinds"]
    if not named:
        return None
    best = {hit.number: hit.score for hit in found.hits}
    order = sorted(named, key=lambda told: -best.get(told.number, -99.0))
    composer.tell(order[0])
    for child in _children(index, page):
        for statement in [t for t in _told(index, child) if t.role == "What it is"][:1]:
            composer.tell(statement, item=True)
    for statement in order[1:]:
        composer.tell(statement)
    return composer


def methods(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """The methods that the survey describes under what is asked for: a line each, in its order."""
    page = _page(index, reading, found)
    if page is None:
        return None
    head = index.statements.pages[page]
    items = [told for told in _methods_of(index, page) if told is not None]
    if len(items) < 2:
        return None
    composer = Composer(index, reading, LIST)
    for statement in [t for t in _told(index, head) if t.role in ("Kinds",)][:2]:
        composer.tell(statement)
    for statement in items[:MOST]:
        composer.tell(statement, item=True)
    return composer


def _page(index: Index, reading: Reading, found: Retrieval, role: str = "") -> int | None:
    """The page of a group (a section, a category, ...) that a question is about; None where it is about a
    method, or names no group that the best statements are on."""
    pages = index.statements.pages
    sections = {subject.key for subject in reading.named("section")}
    drawn = {subject.name.lower() for subject in reading.named("table", "figure")}
    for n, page in enumerate(pages):
        if page.kind == "section" and page.section in sections:
            return n
        if page.kind in ("table", "figure") and any(name.lower() in drawn for name in page.names):
            return n
    named = named_pages(index.statements, reading)
    groups = [n for n in named if pages[n].kind in GROUPS]
    longest = max((len(named[n]) for n in groups), default=0)  # the longer name is the narrower subject
    groups = [n for n in groups if len(named[n]) == longest]
    if any(pages[n].kind in METHODS for n in named) and not groups:
        return None
    near = [hit.told.page for hit in found.hits[:NEAR] if pages[hit.told.page].kind in GROUPS]
    for n in _by_score(found, [n for n in groups if not role or _tells(index, pages[n], role)] or groups):
        return n
    return next((n for n in near if not role or _tells(index, pages[n], role)), None)


def _tells(index: Index, page: PageHead, role: str) -> bool:
    return any(told.role == role for told in _told(index, page))


def _by_score(found: Retrieval, pages: Sequence[int]) -> list[int]:
    best: dict[int, float] = {}
    for hit in found.hits:
        best.setdefault(hit.told.page, hit.score)
    return sorted(pages, key=lambda n: -best.get(n, 0.0))


def _told(index: Index, page: PageHead) -> Iterator[Told]:
    yield from index.statements.told[slice(*page.span)]


def _children(index: Index, page: int) -> list[PageHead]:
    """Pages of the sections, headings and categories directly under a page."""
    pages, head = index.statements.pages, index.statements.pages[page]
    if head.kind == "section":
        deeper = f"{head.section}."
        below = [
            p
            for p in pages
            if p.kind == "section"
            and p.section.startswith(deeper)
            and p.section.count(".") == head.section.count(".") + 1
        ]
        if below:
            return below
        return [p for p in pages if p.kind == "heading" and p.section == head.section]
    return []


def _methods_of(index: Index, page: int) -> Iterator[Told]:
    """The sentence on what it is of each method under a page, where the survey itself speaks of it."""
    pages, head = index.statements.pages, index.statements.pages[page]
    wanted = set(head.papers)
    for other in pages:
        if other.kind not in METHODS or other is head:
            continue
        under = other.section == head.section or other.section.startswith(f"{head.section}.")
        if not under or (wanted and not wanted & set(other.papers)):
            continue
        for told in _told(index, other):
            surveyed = any(index.chunks[p].kind in ("survey", "guide") for p, _ in told.places)
            if told.role == "What it is" and surveyed:
                yield told
                break
