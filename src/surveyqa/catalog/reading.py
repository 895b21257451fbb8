"""Questions on the list itself: sets, counts and look-ups, in English, Chinese and mixtures.

A question is read by taking out what the catalogue knows (categories, venues, years, names) and the words
that people ask in. What is left over decides: nothing left means that the question is wholly one on the
list; words left over mean that it asks for more than the list can say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile

from surveyqa.catalog import clauses, conditions, followups, lookups, shapes
from surveyqa.catalog import wording as w
from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.conditions import Rest, SetQuestion
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.catalog.store import Catalog

LONGEST = 400  # characters: a longer question tells a story, and is not one on the list


def route(question: str, catalog: Catalog, history: Sequence[str] = ()) -> SetQuestion | None:
    """The question as one on the list, or None when it is not one.

    history: the earlier questions of the dialogue, oldest first; a question that leans on one on the list
    ("only those from 2024") is read with it.

    >>> route("which papers do weight-only quantization?", catalog).categories[0][-1]  # doctest: +SKIP
    'Weight-Only Quantization'
    """
    before: SetQuestion | None = None
    for turn in (*history[-followups.MAX_TURNS :], question):
        text = w.in_full(re.sub(r"\s+", " ", turn).strip())
        leaning = followups.follow(text, before, catalog) if before and before.explicit else None
        before = leaning or _alone(text, turn, catalog)
    return before


@lru_cache(maxsize=512)  # the questions before a question were read when they were asked
def _alone(text: str, question: str, catalog: Catalog) -> SetQuestion | None:
    """A question that stands alone."""
    if not text or len(text) > LONGEST or not _may_be(text, catalog):
        return None
    start = SetQuestion(question, "set", False, conditions.language_of(text))
    return (
        lookups.among(text, start, catalog)
        or lookups.lookup(text, start, catalog)
        or lookups.on_list(text, start, catalog)
        or _read(text, start, catalog)
    )


def _read(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A set or count question; with a second clause on a part of it, the part of the first clause's set."""
    text = clauses.remarks(clauses.asides(text, catalog), catalog)
    second = w.PART.pattern.search(text, 8)
    whole = _set(text[: second.start()], start, catalog) if second else None
    if second and whole and whole.explicit and whole.kind == "count":
        tail = next(text[found:] for found in map(second.start, ("p", "q", "r")) if found >= 0)
        part = clauses.part_of(whole, tail, start, catalog)
        if part:
            return part
    asked = _set(text, start, catalog)
    if asked is None or not asked.explicit or asked.text:
        for plain in (clauses.without_chat(text, catalog), clauses.led_in(text, catalog)):
            without = _set(plain, start, catalog) if plain != text else None
            if without and without.explicit and not without.text:
                return without
    return asked


def _may_be(text: str, catalog: Catalog) -> bool:
    """A cheap first look: without a word for papers, lists or venues there is nothing to read, and what
    stands in a figure is asked of the survey."""
    if w.FIGURE.search(text) and not re.search(r"paper|论文|文献", text, re.I):
        return False
    return bool(w.GATE.search(text)) or any(venue in text.lower() for venue in catalog.venues)


def _set(text: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """Set and count questions, and those on the list's own shape."""
    on_list = bool(w.LIST.search(text))
    counting = bool(w.COUNT.search(text))
    wants = bool(w.SET.search(text))
    papers = bool(w.PAPERS.search(text) or w.TITLE_HAS.search(text))
    mixed = re.search(r"[\u3400-\u9fff]", text)  # 非 arXiv 的 paper: a noun without a plural
    papers = papers or bool(mixed and w.PAPER.search(text))
    one = bool(w.PAPER.search(text)) and not w.ABOUT_ONE_PAPER.search(text)
    comparing = bool(w.COMPARE.search(text))
    if w.ABOUT_ONE_PAPER.search(text) and not on_list:
        return None
    if w.KINDS.search(text) and not (on_list or papers):
        return None
    frameworks = bool(w.FRAMEWORKS.search(text))
    said = w.LIST.sub(" ", text)
    if papers and (counting or comparing):
        said = w.VERSUS.sub(" ", said)  # numbers are compared, not what the papers say
    split = bool(w.SPLIT.search(text))
    if (
        w.CONTENT.search(said)
        and not (on_list and (papers or counting or frameworks))
        and not (split and (on_list or papers))
    ):
        return None
    text = w.UNREVIEWED.sub(" arXiv-only ", text)
    text, start = clauses.exceptions(text, start, catalog)
    rest = Rest(text)
    start = conditions.repositories(rest, start, catalog)
    rest.drop(w.LIST)
    asked = conditions.take_all(rest, start, catalog, papers or one or on_list)
    if comparing:
        asked = replace(asked, both=False)
    shape = shapes.shape(text, rest, asked, on_list, papers)
    if shape:
        return shape
    left = _unsaid(text, rest.words(), asked, catalog)
    if comparing and len(asked.categories) == 1:
        asked = clauses.compared_below(asked, rest, catalog)
    comparing = (
        comparing
        and len(conditions.dimension(asked)) > 1
        and bool(papers or on_list or counting or w.HEADING.search(text))
    )
    if comparing:
        left = _unsaid(text, rest.words(w.COMPARE_WORDS, w.COMPARE_ZH), asked, catalog)
    headed = bool(asked.categories and w.HEADING.search(text) and (wants or counting) and not left)
    papers = papers or headed or (counting and bool(asked.categories) and w.counts_papers(text, left))
    single = one and bool(
        asked.venues or asked.unknown or asked.both or asked.order or (asked.years and not left)
    )
    single = single or bool(
        asked.categories and not left and (w.ONLY_PAPER.search(text) or w.PAPER_ON.search(text))
    )
    dated = bool(asked.years or asked.pairs or asked.months) and not left
    wanted = wants or counting or not w.OTHER_QUESTION.search(text)
    alone = bool(asked.venues and (asked.categories or (dated and wanted)))
    excepted = asked.no_venues or any(part.venues or part.years for part in asked.but)
    excepted = excepted or bool(asked.but and not w.OTHER_QUESTION.search(text))
    tracked = asked.tracks and wants
    coded = (wants or not w.OTHER_QUESTION.search(text)) and (
        w.CODE_YES.search(text) or w.CODE_NO.search(text)
    )
    newest = asked.order and wants and w.THING.search(text)
    published = w.PUBLISHED.search(text) or w.ANYTHING.search(text)
    alone = alone or bool(asked.venues and wants and not left and published)
    alone = alone or bool(
        asked.categories and (dated or ((excepted or coded or newest or tracked) and not left))
    )
    if not (papers or on_list or single or alone or (comparing and not left)):
        return _maybe(asked, catalog) if not counting and _methods(text, asked, left, wants) else None
    asked = replace(asked, kind="compare" if comparing and not left else "count" if counting else "set")
    if left:
        named = papers and wants and _all_named(left, text, catalog)
        return _with_topic(text, left, asked, catalog, sure=papers and (on_list or counting or named))
    if not asked.filtered:
        ordered = bool(asked.order) and (papers or (on_list and one))
        whole = counting or ordered or (on_list and wants and papers)
        return replace(asked, explicit=True) if whole else None
    if asked.both and not w.BOTH.search(text) and not _shared(asked.categories, catalog):
        return None  # categories that have no paper in common and were not joined: not understood
    return replace(asked, explicit=True)


def _unsaid(text: str, left: Sequence[str], asked: SetQuestion, catalog: Catalog) -> list[str]:
    """The words left over but those that say a category's name again; what is counted says more."""
    paths = {path[: n + 1] for path in asked.categories for n in range(len(path))}
    names = [name for path in paths for name in catalog.names_of(path)]
    said = {word for name in names for word in category_words(name)}
    return [
        x
        for x in left
        if re.search(rf"(?:how many|多少|几)[个种\s]*{re.escape(x)}", text, re.IGNORECASE)
        or not (_like_one_of(x, said) if x.isascii() else any(x in name for name in names))
    ]


def _like_one_of(said: str, known: Collection[str]) -> bool:
    """Whether each word of `said` is one of `known`, or begins as one: "algorithmic" as "algorithm"."""
    return bool(known) and all(
        word in known or any(_same_stem(word, other) for other in known) for word in category_words(said)
    )


def _same_stem(one: str, other: str) -> bool:
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return one.rstrip("s") == other.rstrip("s") or (shared >= 5 and max(len(one), len(other)) - shared <= 5)


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
    paths = _meant(left, asked, catalog)
    if paths and (sure or asked.venues or asked.years or w.PAPERS.search(text)):
        return replace(asked, categories=paths, both=False, explicit=True)
    if not sure and not w.PAPERS.search(text):
        return None
    if asked.categories and _describes(text, left, asked, catalog, sure):
        said = tuple(x for x in left if x.casefold() not in w.TREATS)
        return replace(asked, besides=said, explicit=True)
    if any(re.search(r"[\u3400-\u9fff]", x) for x in left):
        # Titles are English: a Chinese topic cannot be looked for in them.
        return replace(asked, explicit=False) if asked.filtered else None
    if sure and not asked.text and len(left) <= 4 and not any(x.casefold() in w.NOT_TOPICS for x in left):
        paths = () if asked.categories else catalog.category(" ".join(left))
        if paths:
            return replace(asked, categories=paths, explicit=True)
        singular = (x[:-1] if len(x) > 4 and x.endswith("s") and not x.endswith("ss") else x for x in left)
        return replace(asked, text=tuple((x,) for x in singular), explicit=True)
    if len(left) <= 2 and (asked.categories or asked.venues):
        return _maybe(asked, catalog)
    return None


def _describes(text: str, left: Sequence[str], asked: SetQuestion, catalog: Catalog, sure: bool) -> bool:
    """Whether the words left over only tell more of a category: "extrapolation of windows, 2024 papers".

    Who asks for papers by venue, year or code wants the list's, and the words are those of its titles. Where
    that is all that is sure, they must stand beside the category's name: "position extrapolation".
    """
    if len(asked.categories) != 1 or len(left) > 4 or asked.text or not (sure or w.PAPERS.search(text)):
        return False
    left = [x for x in left if x.casefold() not in w.TREATS]
    if any(x.casefold() in w.NOT_TOPICS or x[:2].istitle() for x in left):
        return False
    fields = asked.venues or asked.no_venues or asked.years or asked.months or asked.order or asked.but
    by_field = bool(fields or asked.has_code is not None) and bool(w.PAPERS.search(text))
    known = catalog.title_words_of(asked.categories[0]) | catalog.category_vocabulary
    own = all(_like_one_of(x, known) if x.isascii() else x in catalog.category_names for x in left)
    return own and ((by_field and not sure) or ((sure or by_field) and _beside_names(text, left, catalog)))


def _beside_names(text: str, left: Sequence[str], catalog: Catalog) -> bool:
    """Whether each word stands right before or after the name of a category, or beside one that does."""
    spans = [(begin, end) for begin, end, _ in catalog.categories_in(text)]
    for word in (*left, *reversed(left)):
        for found in re.finditer(re.escape(word), text):
            gaps = (text[end : found.start()] for _, end in spans if end <= found.start())
            gaps_after = (text[found.end() : begin] for begin, _ in spans if begin >= found.end())
            if any(re.fullmatch(r"[\s‐‑–-]{0,2}|的", gap) for gap in (*gaps, *gaps_after)):
                spans.append(found.span())
    return all(any(text[a:b] == word for a, b in spans) for word in left)


def _meant(left: Sequence[str], asked: SetQuestion, catalog: Catalog) -> tuple[CategoryPath, ...]:
    """The one category that the words left over name: below what was said ("attention, the low-rank kind"),
    or by all words of its name in another order ("sharing of parameters")."""
    if len(asked.categories) == 1:
        together = clauses.below_named(asked.categories, " ".join(left), catalog)
        apart = [clauses.below_named(asked.categories, word, catalog) for word in left]
        if together or all(apart):
            return tuple(together or dict.fromkeys(path for paths in apart for path in paths))
        part = {path for paths in apart for path in paths}
        rest = [x for x, paths in zip(left, apart, strict=True) if not paths]
        if len(part) == 1 and all(
            x.islower() and _like_one_of(x, catalog.title_words_of(*part)) for x in rest
        ):
            return tuple(part)  # "distillation from black-box teachers"
        return ()
    paths = catalog.category(" ".join(left)) if len(left) > 1 and not asked.categories else ()
    return paths if len(paths) == 1 else ()


def _maybe(asked: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """A set that may have been meant: categories that exclude one another were not."""
    return None if asked.both and not _shared(asked.categories, catalog) else replace(asked, explicit=False)


def _shared(paths: Sequence[CategoryPath], catalog: Catalog) -> bool:
    return bool(set.intersection(*(set(catalog.filter(category=[path])) for path in paths)))


def _all_named(left: Sequence[str], text: str, catalog: Catalog) -> bool:
    """Whether the words left over are names of papers ("the Mamba papers")."""
    names = " ".join(text[a:b] for a, b, _ in catalog.names_in(text)).casefold()
    return all(x.casefold() in names for x in left)
