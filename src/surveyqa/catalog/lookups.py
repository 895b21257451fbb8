"""Look-ups: a field of the entry of one or a few named papers, and whether a paper is on the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from surveyqa.catalog import wording as w
from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.conditions import (
    Rest,
    SetQuestion,
    is_empty,
    take_all,
    venue_name,
)
from surveyqa.catalog.parsing import Paper
from surveyqa.catalog.store import Catalog

Hit = tuple[int, int, tuple[str, ...]]  # start and end of a name, keys of its papers


def lookup(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """ "Where was LoRA published?", "GPTQ 有代码吗?"; None when the question is not wholly that."""
    number = w.ARXIV_NUMBER.search(text)
    if number and len(text.split()) < 12:
        return _of_number(number[0], text, start, catalog)
    fields = list(dict.fromkeys((*fields_of(text), *_at_venue(text, catalog))))
    if not (fields and fields[0] == "places") and w.NO_LOOKUP.search(text):
        return None
    hits = [hit for hit in _named(text, catalog) if not _left_out(text, hit)]
    if hits and not w.PAPERS.search(text) and _of_these(hits, text, catalog):
        fields = _with_bare(fields, hits, text)
    if not fields:
        return None
    start = replace(start, fields=tuple(fields))
    if not hits:
        return _recalled(text, start, catalog) or _misspelt(text, start, catalog)
    rest = Rest(text)
    for begin, end, _ in hits:
        rest.take(begin, end)
        if gloss := re.match(r"(?: paper|\s*(?:这篇)?论文)?\s*[(（][^()（）]*[)）]", rest.text[end:]):
            rest.take(end, end + gloss.end())  # "Tesseract (parallelizing tensor parallelism)"
    rest.drop(w.LIST)
    keys = dict.fromkeys(k for *_, found in hits for k in found)
    said = set(category_words(" ".join(_left(rest, catalog, about_papers=False))))
    another = "category" in fields and said <= catalog.category_vocabulary  # "is Medusa filed under pruning?"
    if not another and not said <= _own_words(keys, catalog):
        return None
    called = ", ".join(dict.fromkeys(text[begin:end] for begin, end, _ in hits))
    return replace(start, kind="lookup", explicit=True, names=tuple(keys), asked=called)


def _with_bare(fields: list[str], hits: Sequence[Hit], text: str) -> list[str]:
    """`fields` with those that are named by a bare word beside the papers' names: "venue, year, code?" """
    if fields and fields[0] in ("places", "arxiv", "month", "listed"):
        return fields
    said = Rest(text)
    for begin, end, _ in hits:
        said.take(begin, end)
    said.drop(w.LIST)
    bare = [name for name, pattern in w.BARE_FIELDS if pattern.search(said.text)]
    if fields == ["link"] and "code" in bare:
        return ["code"]
    if fields:
        bare = [name for name in bare if name != "link" and w.ANOTHER_FIELD.search(said.text)]
    return list(dict.fromkeys((*fields, *bare)))


def _left_out(text: str, hit: Hit) -> bool:
    """Whether a paper is named as an exception: "what else besides FlashAttention has code?" """
    return any(re.fullmatch(r"\s*(?:the )?", text[m.end() : hit[0]]) for m in w.EXCEPT.pattern.finditer(text))


def _recalled(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A look-up of a paper whose title is half remembered: "the paper on specializing smaller models"."""
    words = _left(Rest(w.LIST.sub(" ", text)), catalog, about_papers=True)
    category = " ".join(text[begin:end] for begin, end, _ in catalog.categories_in(text))
    if not set(words) - set(category.split()):
        return None
    papers = (
        catalog.recalled(words, missing=1 if len(words) > 3 else 0) if all(map(str.isascii, words)) else ()
    )
    return _answered(start, papers, papers[0].title) if papers else None


def _of_these(hits: Sequence[Hit], text: str, catalog: Catalog) -> bool:
    """Whether the named papers stand under every category that `text` names ("Orca, the serving system")."""
    places = [place for *_, keys in hits for key in keys for place in catalog.by_key[key].categories]
    return all(
        any(place[: len(path)] == path for place in places)
        and not any(a < end and begin < b for a, b, _ in hits)  # "write code for prefix tuning"
        for begin, end, path in catalog.categories_in(text)
    )


def _own_words(keys: Iterable[str], catalog: Catalog) -> set[str]:
    """Words that only say again which papers are meant: of their titles and of what they stand under."""
    papers = [catalog.by_key[key] for key in keys]
    paths = {path[:n] for p in papers for path in p.categories for n in range(1, len(path) + 1)}
    names = [name for path in paths for name in catalog.names_of(path)]
    return set(category_words(" ".join((*(p.title for p in papers), *names))))


def _at_venue(text: str, catalog: Catalog) -> list[str]:
    """["venue"] for "was LLM-Pruner at NeurIPS?": a question of yes or no that names a venue of the list."""
    venues = catalog.venues
    named = any(venue_name(x, venues, False) for x in re.findall(r"[A-Za-z]+", text))
    return ["venue"] if named and w.YES_OR_NO.search(text) else []


def fields_of(text: str) -> list[str]:
    """The fields of an entry that a question asks for."""
    fields = [name for name, pattern in w.LOOKUPS if pattern.search(text)]
    if fields and fields[0] in ("places", "arxiv"):
        return fields[:1]
    if "link" in fields and len(fields) > 1:
        fields.remove("link")
    return fields


def on_list(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """ "Is Wanda on the list?" """
    found = w.ON_LIST.search(text)
    if not found or w.PAPERS.search(text.replace("论文", "")) or w.COUNT.search(text):
        return None
    name = next(g for g in found.groups() if g)
    loose = bool(
        found["e"] or found["i"] or found["j"] or found["place"]
    )  # "do you have X": anything, unless X is on the list
    name = w.NAME_EDGES.sub("", name.strip()).strip(" ,\"'“”《》")
    if not name or any(p.search(name) for p in (w.ABOUT, w.REPEATED, w.PAPERS, w.SET, w.COUNT)):
        return None
    papers = catalog.find(name) or _mostly(name, catalog) or _titled(name, catalog)
    papers = papers or catalog.recalled(x for x in re.findall(r"[\w-]+", name) if not is_empty(x))
    if not papers and (catalog.categories_in(name) or _conditions(name, start, catalog)):
        return None  # "is there a UAI paper on the list?"
    papers = papers or (() if loose else catalog.find_close(name))
    if not papers and (loose or any(x in w.NOT_NAMES for x in name.split())):
        return None
    return _answered(replace(start, fields=("listed",)), papers, name)


def _conditions(name: str, start: SetQuestion, catalog: Catalog) -> bool:
    """Whether `name` is no name but conditions on papers: "UAI paper", "2019 年之前的"."""
    rest = Rest(name)
    return take_all(rest, start, catalog, True).filtered and not rest.words()


def among(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A question that chooses among named papers: "which of GPTQ, AWQ and OneBit have code?" """
    hits = _named(text, catalog)
    keys = tuple(dict.fromkeys(key for *_, found in hits for key in found))
    if len(hits) < 2 or w.TITLE_HAS.search(text):
        return None
    rest = Rest(text)
    for begin, end, _ in hits:
        rest.take(begin, end)
    called = ", ".join(dict.fromkeys(text[begin:end] for begin, end, _ in hits))
    start = replace(start, names=keys, asked=called, explicit=True)
    if w.WHICH_FIRST.search(text) and not _left(rest, catalog, about_papers=False):
        return replace(start, kind="lookup", fields=("order",))
    if not w.AMONG.search(text):
        return None
    rest.drop(w.LIST)
    asked = take_all(rest, start, catalog, True)
    if rest.words() or not asked.filtered or asked.categories:
        return None
    return replace(asked, kind="count" if w.COUNT.search(text) else "set")


def follow(text: str, start: SetQuestion, before: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A look-up that leans on the one before: "and QLoRA?", "does it have code?" """
    hits = _named(text, catalog)
    rest = Rest(text)
    for begin, end, _ in hits:
        rest.take(begin, end)
    also = w.AND_ITS_NAME.search(text)
    if hits and also and not _left(rest, catalog, about_papers=False):
        keys = tuple(dict.fromkeys(key for *_, found in hits for key in found))
        called = ", ".join(dict.fromkeys(text[begin:end] for begin, end, _ in hits))
        return replace(start, kind="lookup", fields=before.fields, names=keys, asked=called)
    fields = fields_of(text)
    if hits or not fields or not before.names or not w.PRONOUN.search(text):
        return None
    rest.drop(w.PRONOUN)
    if _left(rest, catalog, about_papers=False):
        return None
    return replace(start, kind="lookup", fields=tuple(fields), names=before.names, asked=before.asked)


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


def _named(text: str, catalog: Catalog) -> list[Hit]:
    """Names in a look-up, where "orca" and "rest" can be papers; the question's own words are not."""
    hits: Sequence[Hit] = _quoted_title(text, catalog) or catalog.names_in(text)
    hits = hits or catalog.names_in(text, any_case=True)
    part = _title_part(text, catalog)
    if part and all(part[0][0] <= begin and end <= part[0][1] for begin, end, _ in hits):
        hits = part  # "Automatic Chain of Thought Prompting" is not the paper "Chain of Thought"
    like = {found.start("name") for found in w.LIKE_A_PAPER.pattern.finditer(text)}  # "LoRA-like" is no paper
    return [hit for hit in hits if hit[0] not in like and not is_empty(text[hit[0] : hit[1]])]


def _mostly(text: str, catalog: Catalog) -> tuple[Paper, ...]:
    """The papers named in `text` when the name is most of it ("the Mistral 7B model paper")."""
    hits = _named(text, catalog)
    if len(hits) != 1 or hits[0][1] - hits[0][0] < 0.6 * len(text):
        return ()
    return tuple(catalog.by_key[k] for k in hits[0][2])


def _quoted_title(text: str, catalog: Catalog) -> list[Hit]:
    """What stands in quotation marks and in the title of one paper alone."""
    for quoted in w.QUOTED.finditer(text):
        if papers := _titled(quoted["q"] or quoted["single"], catalog):
            return [(*quoted.span(), (papers[0].key,))]
    return []


@lru_cache(maxsize=64)  # a look at every title, for two readings of a question
def _title_part(text: str, catalog: Catalog) -> Sequence[Hit]:
    """The longest run of words in `text`, of capitals, that stands in the title of one paper alone."""
    tokens = list(re.finditer(r"[A-Za-z0-9][\w.+-]*", text))
    spans = [(begin, end) for begin, end, _ in catalog.categories_in(text)]
    for size in range(min(8, len(tokens)), 1, -1):
        for run in (tokens[i : i + size] for i in range(len(tokens) - size + 1)):
            begin, end = run[0].start(), run[-1].end()
            if sum(token[0][0].isupper() for token in run) < 2 or is_empty(run[0][0]) or is_empty(run[-1][0]):
                continue
            if any(a <= begin and end <= b for a, b in spans):
                continue  # a category's name
            papers = _titled(text[begin:end], catalog)
            if papers:
                return ((begin, end, (papers[0].key,)),)
    return ()


def _titled(name: str, catalog: Catalog) -> tuple[Paper, ...]:
    """The one paper whose title has `name`, of two words at least ("Gist Tokens"); () for none or several."""
    found = catalog.titled(name) if len(re.findall(r"[A-Za-z0-9]+", name)) > 1 else ()
    return found if len(found) == 1 else ()


def _misspelt(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """The name in "where was <name> published" when it is not on the list as written: near, or unknown."""
    words = _left(Rest(text), catalog, about_papers=True)
    if catalog.categories_in(text) or not 1 <= len(words) <= 6 or not any(x.isascii() for x in words):
        return None  # a Chinese name would have been cut up with the wording around it
    name = " ".join(words)
    if any(word.lower() in w.NOT_NAMES for word in words):
        return None
    papers = catalog.find_close(name) or (catalog.find_close(words[-1]) if len(words) < 3 else ())
    named = len(words) == 1 or (len(words) <= 3 and not name.islower())  # "perspectives organise" is no name
    if not papers and not (w.LIST.search(text) and named):
        return None
    return _answered(start, papers, name)


def _left(rest: Rest, catalog: Catalog, about_papers: bool) -> list[str]:
    """Words that are neither a look-up's wording nor a venue or year."""
    venues = catalog.venues
    for found in w.VENUE.finditer(rest.text):
        if " " in found["name"] and venue_name(found["name"], venues, about_papers):
            rest.take(*found.span("name"))
    return [
        x
        for x in rest.words()
        if x.casefold() not in w.LOOKUP_WORDS
        and not re.match(r"(?i)publi|releas|accept|(?:19|20)\d\d$", x)
        and not venue_name(x, venues, about_papers)
    ]
