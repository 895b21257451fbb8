"""Questions on the list itself: sets, counts and look-ups, in English, Chinese and mixtures.

A question is read by taking out what the catalogue knows (categories, venues, years, names) and the words
that people ask in. What is left over decides: nothing left means that the question is wholly one on the
list; words left over mean that it asks for more than the list can say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from surveyqa.catalog import conditions, lookups
from surveyqa.catalog import wording as w
from surveyqa.catalog.conditions import Language, Rest, SetQuestion
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.catalog.store import Catalog

LONGEST = 400  # characters: a longer question tells a story, and is not one on the list


def route(question: str, catalog: Catalog) -> SetQuestion | None:
    """The question as one on the list, or None when it is not one.

    >>> route("which papers do weight-only quantization?", catalog).categories[0][-1]  # doctest: +SKIP
    'Weight-Only Quantization'
    """
    text = re.sub(r"\s+", " ", question).strip()
    if not text or len(text) > LONGEST or not _may_be(text, catalog):
        return None
    start = SetQuestion(question, "set", False, _language(text))
    return (
        lookups.lookup(text, start, catalog)
        or lookups.on_list(text, start, catalog)
        or _read(conditions.asides(text, catalog), start, catalog)
    )


def _read(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A set or count question; with a second clause on a part of it, the part of the first clause's set."""
    second = w.PART.pattern.search(text, 8)
    whole = _set(text[: second.start()], start, catalog) if second else None
    asked = _set(text, start, catalog)
    if not second or not whole or not whole.explicit or whole.kind != "count":
        return asked
    tail = next(text[found:] for found in map(second.start, ("p", "q", "r")) if found >= 0)
    rest = Rest(tail)
    part = _conditions(rest, replace(start, tracks=whole.tracks), catalog, True)
    if rest.words() or not part.filtered:
        return asked
    merged = replace(
        whole,
        kind="count" if w.COUNT.search(tail) else "set",
        entries=False,
        of=whole,
        categories=(*whole.categories, *part.categories),
        both=whole.both or bool(whole.categories and part.categories),
        venues=part.venues or whole.venues,
        no_venues=(*whole.no_venues, *part.no_venues),
        tracks=part.tracks if part.venues else whole.tracks,
        years=part.years or whole.years,
        text=(*whole.text, *part.text),
        has_code=whole.has_code if part.has_code is None else part.has_code,
        has_arxiv=whole.has_arxiv if part.has_arxiv is None else part.has_arxiv,
        repeated=part.repeated or whole.repeated,
        sites=part.sites or whole.sites,
        order=part.order,
        limit=part.limit,
    )
    crossed = (part.venues and whole.venues) or (part.years and whole.years) or (part.unknown)
    return asked if crossed else merged


def _may_be(text: str, catalog: Catalog) -> bool:
    """A cheap first look: without a word for papers, lists or venues there is nothing to read."""
    return bool(w.GATE.search(text)) or any(
        venue in text.lower() for venue in conditions.known_venues(catalog)
    )


def _language(text: str) -> Language:
    """Chinese as soon as one letter in four is: the rest are names."""
    return (
        "zh" if len(re.findall(r"[\u3400-\u9fff]", text)) * 3 > len(re.findall(r"[A-Za-z]", text)) else "en"
    )


def _set(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """Set and count questions, and those on the list's own shape."""
    on_list = bool(w.LIST.search(text))
    counting = bool(w.COUNT.search(text))
    wants = bool(w.SET.search(text))
    papers = bool(w.PAPERS.search(text) or w.TITLE_HAS.search(text))
    one = bool(w.PAPER.search(text)) and not w.ABOUT_ONE_PAPER.search(text)
    if w.ABOUT_ONE_PAPER.search(text) and not on_list:
        return None
    frameworks = on_list and bool(w.FRAMEWORKS.search(text))
    if w.CONTENT.search(w.LIST.sub(" ", text)) and not (on_list and (papers or counting or frameworks)):
        return None
    rest = Rest(text)
    start = conditions.repositories(rest, start, catalog)
    rest.drop(w.LIST)
    asked = _conditions(rest, start, catalog, papers or one or on_list)
    shape = _shape(text, rest, asked, on_list, papers)
    if shape:
        return shape
    left = rest.words()
    headed = bool(asked.categories and w.HEADING.search(text) and (wants or counting) and not left)
    papers = papers or headed
    single = one and bool(
        asked.venues or asked.unknown or asked.both or asked.order or (asked.years and not left)
    )
    alone = bool(asked.venues and (asked.categories or ((asked.years or asked.pairs) and wants and not left)))
    if not (papers or on_list or single or alone):
        return _maybe(asked, catalog) if not counting and _methods(text, asked, left, wants) else None
    asked = replace(asked, kind="count" if counting else "set")
    if left:
        named = papers and wants and _all_named(left, text, catalog)
        return _with_topic(text, left, asked, catalog, sure=papers and (on_list or counting or named))
    if not asked.filtered:
        whole = counting or (on_list and (bool(asked.order) or (wants and papers)))
        return replace(asked, explicit=True) if whole else None
    if asked.both and not w.BOTH.search(text) and not _shared(asked.categories, catalog):
        return None  # categories that have no paper in common and were not joined: not understood
    return replace(asked, explicit=True)


def _conditions(rest: Rest, asked: SetQuestion, catalog: Catalog, about_papers: bool) -> SetQuestion:
    asked = replace(asked, entries=bool(w.ENTRIES.search(asked.question)))
    asked = conditions.order(rest, asked)
    rest.match(w.NUMBER_OF_PAPERS)
    rest.drop(w.WITH_DUPLICATES)
    asked = conditions.title_words(rest, asked)
    asked = conditions.repeated(rest, asked)
    asked = conditions.code(rest, asked)
    asked = conditions.categories(rest, asked, catalog)
    asked = conditions.venues(rest, asked, catalog, about_papers)
    return conditions.years(rest, asked)


def _methods(text: str, asked: SetQuestion, left: Sequence[str], wants: bool) -> bool:
    """ "weight-only quantization methods", "Fixed pattern strategies, 2020": a set, perhaps of the list's."""
    if not asked.categories or asked.unknown:
        return False
    return bool(asked.years and not left) or (
        bool(w.METHODS.search(text)) and len(left) <= (1 if wants else 0)
    )


def _with_topic(
    text: str, left: Sequence[str], asked: SetQuestion, catalog: Catalog, sure: bool
) -> SetQuestion | None:
    """A question with words left over. Where it is surely on the list they are looked for in the titles."""
    if any(
        re.search(rf"\b(?:by|from|of) (?:[A-Z][\w.]+ )*{re.escape(x)}\b", text)
        for x in left
        if x[0].isupper()
    ):
        return None  # authors and their companies are not on the list
    if not sure and not w.PAPERS.search(text):
        return None
    if any(re.search(r"[\u3400-\u9fff]", x) for x in left):
        # Titles are English: a Chinese topic cannot be looked for in them.
        return replace(asked, explicit=False) if asked.filtered else None
    if sure and not asked.text and len(left) <= 4 and not any(x.casefold() in w.NOT_TOPICS for x in left):
        paths = () if asked.categories else catalog.category(" ".join(left))
        if paths:
            return replace(asked, categories=paths, explicit=True)
        singular = (x[:-1] if len(x) > 4 and x.endswith("s") and not x.endswith("ss") else x for x in left)
        return replace(asked, text=tuple(singular), explicit=True)
    if len(left) <= 2 and (asked.categories or asked.venues):
        return _maybe(asked, catalog)
    return None


def _maybe(asked: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A set that may have been meant: categories that exclude one another were not."""
    return None if asked.both and not _shared(asked.categories, catalog) else replace(asked, explicit=False)


def _shared(paths: Sequence[CategoryPath], catalog: Catalog) -> bool:
    return bool(set.intersection(*(set(catalog.filter(category=[path])) for path in paths)))


def _all_named(left: Sequence[str], text: str, catalog: Catalog) -> bool:
    """Whether the words left over are names of papers ("the Mamba papers")."""
    names = " ".join(text[a:b] for a, b, _ in catalog.names_in(text)).casefold()
    return all(x.casefold() in names for x in left)


def _shape(text: str, rest: Rest, asked: SetQuestion, on_list: bool, papers: bool) -> SetQuestion | None:
    """Questions on the list's own shape: its categories, its largest category, its framework table."""
    left = [x for x in rest.words() if x.casefold() not in w.SHAPE_WORDS]
    rank = w.RANK.search(text)
    if rank and (on_list or papers) and not left:
        what = w.RANKED[next(g for g in rank.groups() if g).lower()]
        direction = "fewest" if w.FEWEST.search(text) else "most"
        return replace(asked, kind="rank", explicit=True, fields=(what, direction), order=None)
    if not on_list or left or papers:
        return None
    count = "count" if w.COUNT.search(text) else "set"
    if w.FRAMEWORKS.search(text):
        every = bool(w.ALL_TICKS.search(text))
        ticks = [name for name, pattern in w.TICKS if every or pattern.search(text)]
        fields = (count, *(["only"] if w.ONLY.search(text) else []), *ticks)
        return replace(asked, kind="frameworks", explicit=True, fields=fields, categories=())
    if (
        w.BELOW.search(text)
        and not asked.venues
        and not asked.years
        and (w.SET.search(text) or count == "count")
    ):
        fields = (count, "leaf" if w.LEAF.search(text) else "all")
        return replace(asked, kind="categories", explicit=True, fields=fields)
    return None
