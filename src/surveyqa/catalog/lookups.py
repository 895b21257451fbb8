"""Look-ups: a field of the entry of one or a few named papers, and whether a paper is on the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from surveyqa.catalog import wording as w
from surveyqa.catalog.conditions import Rest, SetQuestion, is_empty, known_venues, venue_name
from surveyqa.catalog.parsing import Paper
from surveyqa.catalog.store import Catalog


def lookup(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """ "Where was LoRA published?", "GPTQ 有代码吗?"; None when the question is not wholly that."""
    number = w.ARXIV_NUMBER.search(text)
    if number and len(text.split()) < 12:
        return _of_number(number[0], text, start, catalog)
    fields = [name for name, pattern in w.LOOKUPS if pattern.search(text)]
    if not fields or w.NO_LOOKUP.search(text):
        return None
    if fields[0] == "arxiv":
        fields = fields[:1]
    elif "link" in fields and len(fields) > 1:
        fields.remove("link")
    start = replace(start, fields=tuple(fields))
    hits = _named(text, catalog)
    if not hits:
        return _misspelt(text, start, catalog)
    rest = Rest(text)
    for begin, end, _ in hits:
        rest.take(begin, end)
    if _left(rest, catalog, about_papers=False):
        return None
    keys = dict.fromkeys(k for *_, found in hits for k in found)
    called = ", ".join(dict.fromkeys(text[begin:end] for begin, end, _ in hits))
    return replace(start, kind="lookup", explicit=True, names=tuple(keys), asked=called)


def on_list(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """ "Is Wanda on the list?" """
    found = w.ON_LIST.search(text)
    if not found or w.PAPERS.search(text.replace("论文", "")) or w.COUNT.search(text):
        return None
    name = next(g for g in found.groups() if g).strip(" ,\"'“”《》")
    name = w.NAME_EDGES.sub("", name).strip()
    if not name or any(p.search(name) for p in (w.ABOUT, w.REPEATED, w.PAPERS, w.SET, w.COUNT)):
        return None
    papers = catalog.find(name) or _mostly(name, catalog)
    if not papers and catalog.categories_in(name):
        return None
    papers = papers or catalog.find_close(name)
    return _answered(replace(start, fields=("listed",)), papers, name)


def _answered(start: SetQuestion, papers: Sequence[Paper], name: str) -> SetQuestion:
    keys = tuple(p.key for p in papers)
    return replace(
        start, kind="lookup", explicit=True, names=keys, asked=name, unknown=() if keys else (name,)
    )


def _of_number(number: str, text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A question that names a paper by its arXiv id."""
    papers = catalog.find(number)
    if not papers and not w.LIST.search(text) and "arxiv" not in text.lower():
        return None
    fields = tuple(n for n, p in w.LOOKUPS if p.search(text) and n != "arxiv") or ("listed",)
    return _answered(replace(start, fields=fields), papers, number)


def _named(text: str, catalog: Catalog) -> list[tuple[int, int, tuple[str, ...]]]:
    """Names in a look-up, where "orca" and "rest" can be papers; the question's own words are not."""
    hits = catalog.names_in(text) or catalog.names_in(text, any_case=True)
    return [hit for hit in hits if not is_empty(text[hit[0] : hit[1]])]


def _mostly(text: str, catalog: Catalog) -> tuple[Paper, ...]:
    """The papers named in `text` when the name is most of it ("the Mistral 7B model paper")."""
    hits = _named(text, catalog)
    if len(hits) != 1 or hits[0][1] - hits[0][0] < 0.6 * len(text):
        return ()
    return tuple(catalog.by_key[k] for k in hits[0][2])


def _misspelt(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """The name in "where was <name> published" when it is not on the list as written: near, or unknown."""
    words = _left(Rest(text), catalog, about_papers=True)
    if not 1 <= len(words) <= 6 or not any(x.isascii() for x in words):
        return None  # a Chinese name would have been cut up with the wording around it
    name = " ".join(words)
    papers = catalog.find_close(name) or (catalog.find_close(words[-1]) if len(words) < 3 else ())
    if not papers and not (w.LIST.search(text) and len(words) <= 3):
        return None
    return _answered(start, papers, name)


def _left(rest: Rest, catalog: Catalog, about_papers: bool) -> list[str]:
    """Words that are neither a look-up's wording nor a venue or year."""
    venues = known_venues(catalog)
    return [
        x
        for x in rest.words()
        if x.casefold() not in w.LOOKUP_WORDS
        and not re.match(r"(?i)publi|releas|accept|(?:19|20)\d\d$", x)
        and not venue_name(x, venues, about_papers)
    ]
