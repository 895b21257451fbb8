"""Answers whose form the corpus's structure gives: an overview, kinds, methods, what is open, who made a
thing, where the survey treats it, and the survey itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from surveyqa.answering.ranking import METHODS, named_pages
from surveyqa.answering.retrieval import Key, Retrieval
from surveyqa.answering.selection import MEASURES, Composer, select
from surveyqa.index import Index
from surveyqa.index.statements import PageHead, Told
from surveyqa.understand.reading import Intent, Reading

GROUPS = ("section", "heading", "category", "topic", "table", "figure")  # pages that others stand under
OVERVIEW = 130  # words of an overview, which may be longer than an answer
LIST = 260  # words of a list, whose items are one sentence each
MOST = 14  # items of a list of methods
OPEN = 6  # statements on what is open
ALIKE = 0.15  # cosine by which statements on the survey may be behind the nearest
ALL = 0.9  # share of terms in common up to which the like is told too: the authors, two by two
AUTHORS = 4  # authors who are all named
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
    """What is hard or still open: of what is named, else of the whole field."""
    roles = ("Outlook", "Limits", "Problem")
    page = _page(index, reading, found)
    head = index.statements.pages[page] if page is not None else None
    own = [t for role in roles for t in (_told(index, head) if head else ()) if t.role == role]
    beside = [hit.told for hit in found.hits if hit.told.role == "Outlook"]
    whole = head is None or "." not in head.section  # the field, or a whole chapter
    composer = Composer(index, reading, OVERVIEW)
    for statement in [*(beside if whole else ()), *own][:OPEN]:
        composer.tell(statement)
    return composer if composer.chosen else None


def kinds(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """The kinds of a thing: the sentence that names them first, then a line on each."""
    page = _page(index, reading, found, "Kinds")
    if page is None:
        return None
    head = index.statements.pages[page]
    composer = Composer(index, reading, OVERVIEW, ALL)
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
    composer = Composer(index, reading, LIST, ALL)
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
    named = set(head.names)
    same = [p for p in pages if p.kind == "category" and named & set(p.names)]
    wanted = {paper for p in (head, *same) for paper in p.papers}
    for other in pages:
        if other.kind not in METHODS or other is head:
            continue
        under = other.section == head.section or other.section.startswith(f"{head.section}.")
        if not under or (wanted and not wanted & set(other.papers)):
            continue
        told = list(_told(index, other))
        surveyed = any(index.chunks[p].kind in ("survey", "guide") for t in told for p, _ in t.places)
        yield from [t for t in told if surveyed and t.role == "What it is"][:1]


def printed(index: Index, reading: Reading) -> Composer | None:
    """What a page of the PDF tells: of each thing that it speaks of, what it is."""
    wanted = {int(subject.key) for subject in reading.named("page")}
    told: dict[int, Told] = {}
    for statement in index.statements.told:
        position, number = statement.places[0]
        chunk = index.chunks[position]
        if chunk.kind == "survey" and chunk.page_at(chunk.sentences[number][0]) in wanted:
            first = told.setdefault(statement.page, statement)
            if first.role != "What it is" and statement.role == "What it is":
                told[statement.page] = statement
    composer = Composer(index, reading, LIST)
    for statement in sorted(told.values(), key=lambda t: t.places[0])[:MOST]:
        composer.tell(statement, item=True)
    return composer if composer.chosen else None


def where(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """A section: the one that is named, or the one that treats what is asked about and where it begins."""
    if reading.named("page"):
        return printed(index, reading)
    if reading.named("section", "table", "figure"):
        return overview(index, reading, found)
    grouped = [h for h in found.hits[: 3 * NEAR] if index.statements.pages[h.told.page].kind in GROUPS]
    for hit in [*grouped, *found.hits[:NEAR]]:
        section = index.statements.pages[hit.told.page].section
        begins = _begins(index, section)
        if begins is None or not section:
            continue
        chunk = index.chunks[begins[0]]
        title = next(part for part in chunk.path if part.startswith(f"{section} "))
        page = chunk.page_at(0)
        composer = Composer(index, reading, OVERVIEW)
        composer.say(_WHERE[reading.language].format(title=title, page=page), (begins,))
        composer.tell(hit.told)
        for statement in list(_told(index, index.statements.pages[hit.told.page]))[:2]:
            composer.tell(statement)
        return composer
    return overview(index, reading, found)


_WHERE = {
    "en": "Section {title} treats this, from page {page} on.",
    "zh": "第 {title} 节讨论这一内容，从第 {page} 页开始。",
}


def _begins(index: Index, section: str) -> Key | None:
    """The first sentence of a section of the survey that is printed on a page."""
    for position, chunk in enumerate(index.chunks):
        printed = chunk.kind == "survey" and chunk.form == "paragraph" and chunk.page_at(0)
        if printed and any(part.startswith(f"{section} ") for part in chunk.path):
            return position, 0
    return None


_BY = {
    "en": "{name} is the work of {authors} ({year}).",
    "zh": "{name} 出自 {authors}（{year}）。",
}


def who(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """Who made what is named: the authors that the bibliography gives, with the sentence that cites them."""
    measure = MEASURES["who"]
    composer = Composer(index, reading, measure.words)
    pages = [index.statements.pages[n] for n in named_pages(index.statements, reading)]
    named = {page.title: page.papers for page in pages if page.kind in METHODS}
    named |= {subject.name: subject.papers for subject in reading.named("method", "paper")}
    for name, papers in named.items():
        made = next((m for key in papers if (m := _made(index, key))), None)
        if made:
            authors, year, key = made
            composer.say(_BY[reading.language].format(name=name, authors=authors, year=year), (key,))
    if not composer.chosen:
        return (
            survey(index, reading, found)
            if "thissurvey" in named_pages(index.statements, reading).values()
            else None
        )
    for chosen in select(index, reading, found)[: measure.sentences]:
        composer.add(chosen)
    return composer


def _made(index: Index, paper: str) -> tuple[str, int | None, Key] | None:
    """Authors and year of a paper of the list, and the sentence of the survey that cites it first."""
    references = {r.key: r for r in index.references.values() if r.paper == paper and r.authors}
    for position, chunk in enumerate(index.chunks if references else ()):
        for start, _, key in chunk.cites:
            if key not in references or chunk.form != "paragraph":
                continue
            number = next((n for n, (a, b) in enumerate(chunk.sentences) if a <= start < b), None)
            if number is not None:
                reference = references[key]
                names = reference.authors.replace(", and ", ", ").replace(" and ", ", ").split(", ")
                few = ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
                return (
                    few if len(names) <= AUTHORS else f"{names[0]} et al.",
                    reference.year,
                    (position, number),
                )
    return None


def survey(index: Index, reading: Reading, found: Retrieval) -> Composer | None:
    """What is asked of the survey itself: how it is arranged, or the statements on it that are nearest."""
    pages = index.statements.pages
    page = next((n for n, head in enumerate(pages) if "this survey" in head.names), None)
    own = sorted((h for h in found.hits if h.told.page == page), key=lambda h: (-h.cosine, h.number))
    if page is None or not own:
        return None
    told = list(_told(index, pages[page]))
    if own[0].told.role in ("Kinds", "Problem", "Strengths", "When to use") or own[0].told == told[0]:
        wanted = [told[0], *(t for t in told if t.role == "Kinds"), own[0].told]
    else:
        near = [hit.told for hit in own if hit.cosine >= own[0].cosine - ALIKE]
        wanted = sorted(near, key=lambda t: (t.role != near[0].role, t.number))
    composer = Composer(index, reading, OVERVIEW, ALL)
    for statement in wanted[: MOST // 2]:
        composer.tell(statement)
    return composer


BUILDERS: Mapping[Intent, Callable[[Index, Reading, Retrieval], Composer | None]] = {
    "methods": methods,
    "kinds": kinds,
    "overview": overview,
    "section": where,
    "figure": overview,
    "outlook": outlook,
    "who": who,
    "survey": survey,
}
