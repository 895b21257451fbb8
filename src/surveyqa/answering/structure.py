"""Answers that follow the structure of the corpus: overviews, kinds, lists of methods, sections, figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from surveyqa.answering.retrieval import Retrieval
from surveyqa.answering.selection import Composer
from surveyqa.answering.written import named_pages
from surveyqa.index import Index
from surveyqa.index.statements import PageHead, Told
from surveyqa.understand.reading import Reading

GROUPS = ("section", "heading", "category", "topic", "table", "figure")  # pages that others stand under
METHODS = ("method", "paper")
OVERVIEW = 130  # words of an overview, which may be longer than an answer
LIST = 260  # words of a list, whose items are one sentence each
MOST = 14  # items of a list of methods


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
    """The page of a group that a question is about: one that it names, else that of the best statement."""
    pages = index.statements.pages
    numbers = {subject.key for subject in reading.named("section")}
    for n, page in enumerate(pages):
        if page.kind == "section" and page.section in numbers:
            return n
    named = [n for n in named_pages(index.statements, reading) if pages[n].kind in GROUPS]
    with_role = [n for n in named if not role or any(t.role == role for t in _told(index, pages[n]))]
    for n in _by_score(found, with_role or named):
        return n
    for hit in found.hits[:3]:
        head = pages[hit.told.page]
        if head.kind in GROUPS and (not role or hit.told.role == role):
            return hit.told.page
    return None


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
