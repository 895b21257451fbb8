"""Follow-ups on a question about the list: "only those from 2024", "how many have code?", "and ICLR?"."""

from __future__ import annotations

from dataclasses import replace

from surveyqa.catalog import clauses, lookups
from surveyqa.catalog import wording as w
from surveyqa.catalog.conditions import Rest, SetQuestion, language_of, take_all
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.catalog.store import Catalog

MAX_TURNS = 8  # earlier questions that are read


def follow(text: str, before: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """`text` read with the question before it; None where it stands alone or is not on the list."""
    start = SetQuestion(text, "set", True, language_of(text))
    if before.kind == "lookup":
        return lookups.follow(text, start, before, catalog)
    if before.kind not in ("set", "count", "compare"):
        return None
    if w.SHOW_THEM.search(text):
        return replace(before, kind="set", question=text, language=start.language)
    if w.COUNT_THEM.search(text):
        return replace(before, kind="count", question=text, language=start.language)
    if before.has_code is not None and w.WITHOUT_IT.search(text) and len(text.split()) <= 6:
        return replace(
            before, kind="set", question=text, language=start.language, has_code=not before.has_code
        )
    return _narrowed(text, start, before, catalog)


def _narrowed(text: str, start: SetQuestion, before: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """The set before with the conditions of `text` added, or put in the place of those of their kind."""
    said = w.LIST.sub(" ", text)
    if w.CONTENT.search(w.ABOUT_IT.sub(" ", said)) or not (w.LEANS_ON.search(text) or _short(text)):
        return None
    narrows = bool(w.NARROWS.search(text)) and not (
        w.AND_ITS_NAME.search(text) and not w.OF_THEM.search(text)
    )
    if w.PAPERS.search(w.COUNTER.sub(" ", said)) and not (
        narrows or w.ADDS.search(text) or w.AND_ITS_NAME.search(text)
    ):
        return None  # "Which papers are on pruning?" after another set: a new question
    said, start = clauses.exceptions(said, start, catalog)
    rest = Rest(said)
    part = take_all(rest, start, catalog, True)
    left = rest.words(w.LEAN_WORDS, w.LEAN_ZH)
    sibling = _sibling(said, before, catalog)
    if sibling:
        part, left = replace(part, categories=sibling), []
    if left or not (part.filtered or part.order):
        return None
    kind = "count" if w.COUNT.search(text) else "set" if w.SET.search(text) or narrows else before.kind
    kind = "set" if kind == "compare" else kind
    if narrows or part.but:
        return replace(part, kind=kind, within=replace(before, also_whole=False))
    return _in_place(replace(part, kind=kind), before, adds=bool(w.ADDS.search(text)))


def _in_place(part: SetQuestion, before: SetQuestion, adds: bool) -> SetQuestion:
    """`before` with the conditions of `part` in the place of its own of the same kind, or beside them."""
    kept = before if adds else replace(before, categories=(), venues=())
    venues = part.venues or part.unknown or part.no_venues
    years = part.years or part.pairs
    return replace(
        before,
        question=part.question,
        language=part.language,
        kind=part.kind,
        also_whole=False,
        categories=(*kept.categories, *part.categories) if part.categories else before.categories,
        both=part.both if part.categories else before.both,
        venues=(*kept.venues, *part.venues) if venues else before.venues,
        no_venues=part.no_venues if venues else before.no_venues,
        unknown=part.unknown if venues else before.unknown,
        tracks=part.tracks if venues or part.tracks else before.tracks,
        pairs=part.pairs if venues or years else before.pairs,
        years=part.years if years else () if before.pairs and venues else before.years,
        months=part.months or (() if years else before.months),
        text=part.text or before.text,
        begins=part.begins if part.text else before.begins,
        has_code=before.has_code if part.has_code is None else part.has_code,
        has_arxiv=before.has_arxiv if part.has_arxiv is None else part.has_arxiv,
        repeated=part.repeated or before.repeated,
        sites=part.sites or before.sites,
        order=part.order or before.order,
        limit=part.limit if part.order else before.limit,
    )


def _sibling(said: str, before: SetQuestion, catalog: Catalog) -> tuple[CategoryPath, ...]:
    """The category beside the one before that "and black-box?" means; () for none."""
    if len(before.categories) != 1:
        return ()
    words = " ".join(Rest(said).words(w.LEAN_WORDS, w.LEAN_ZH))
    hits = catalog.categories_in(said)
    if len(hits) > 1 or not words:
        return ()
    return tuple(clauses.below_named([before.categories[0][:-1]], words, catalog, as_listed=bool(hits)))


def _short(text: str) -> bool:
    """Whether a question says too little to stand alone: a few words without one for papers."""
    return len(text.split()) <= 5 and len(text) <= 40 and not w.PAPERS.search(w.COUNTER.sub(" ", text))
