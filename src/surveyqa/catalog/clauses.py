"""Clauses of a question that stand apart: asides, exceptions, and a second question on a part of the set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from surveyqa.catalog import wording as w
from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.conditions import (
    MAIN,
    Kind,
    Rest,
    SetQuestion,
    is_empty,
    take_all,
    venue_name,
)
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.catalog.store import Catalog

MAX_PHRASES = 40  # of a question that are tried as exceptions


def remarks(text: str, catalog: Catalog) -> str:
    """The question without remarks that put no condition on the papers.

    They say that something does not matter ("regardless of category"), that what is below a category counts
    too, as it does, or what a venue is ("SC, the supercomputing conference").
    """
    text = w.REMARK.sub(" ", text)
    venues = catalog.venues
    for found in reversed(list(w.APPOSITION.pattern.finditer(text))):
        before = re.search(
            r"([A-Za-z]+)(?:\s*(?:19|20)\d\d)?(?: (?:papers?|entries|ones?))?$", text[: found.start()]
        )
        what = found["what"] or found["what_zh"]
        named = bool(before and venue_name(before[1], venues, True))
        if named and not w.CONDITION.search(what) and not w.NO_WORKSHOPS.search(what):
            text = f"{text[: found.start()]} {text[found.end() :]}"
    return re.sub(r"\s+", " ", text).strip()


def without_chat(text: str, catalog: Catalog) -> str:
    """The question without what the asker says of himself or of his words: ". I need it for a talk"."""
    for found in (*reversed(list(w.CHAT.pattern.finditer(text))), w.CHAT_FIRST.search(text)):
        said = (found["said"] or found["said_zh"] or "") if found else ""
        if found and not (w.CONDITION.search(said) or catalog.categories_in(said)):
            end = "?" if found[0].lstrip()[0] == "?" else " "
            text = f"{text[: found.start()]}{end}{text[found.end() :]}"
    return text.strip()


def led_in(text: str, catalog: Catalog) -> str:
    """The question with the category that a sentence before it names: "I work on MoE: any code there?" """
    found = w.LEAD_IN.pattern.match(text)
    if not found:
        return text
    lead, asked = found["lead"] or found["lead_zh"], found["asked"] or found["asked_zh"]
    topics = {path for _, _, path in catalog.categories_in(lead)}
    if len(topics) != 1 or w.CONDITION.search(lead):
        return text
    if catalog.categories_in(asked) or not (w.PAPERS.search(asked) or w.POINTS_BACK.search(asked)):
        return text
    return f"{w.POINTS_BACK.sub(' ', asked).rstrip(' ?？。.')} {topics.pop()[-1]}?"


def asides(text: str, catalog: Catalog) -> str:
    """The question without asides that only say which category is meant: "(the compression one)".

    An aside that narrows the category named before it ("data selection (the pre-training ones)") becomes
    the narrower category; one that names the category above, or another that is not meant, goes.
    """
    for found in reversed(list(w.ASIDE.finditer(text))):
        inside = next(g for g in found.groups() if g)
        outside = text[: found.start()] + " " + text[found.end() :]
        paths = [path for _, _, path in catalog.categories_in(outside)]
        if w.REVIEWED.search(inside) or w.PREPRINTS.search(inside):
            continue  # "(i.e. no preprints)"
        if w.EXCEPT.search(inside):
            continue  # an exception: "quantization (without QAT)" is no QAT
        meant = w.NOT_MEANT.sub(" ", inside)
        if meant != inside and not paths and not w.CONDITION.search(meant):
            # "sharing (parameters, not attention)"
            text = f"{text[: found.start()]} {meant} {text[found.end() :]}"
            continue
        within = [path for _, _, path in catalog.categories_in(meant)]
        hint = within or w.ASIDE_MARK.search(inside) or _above(paths, meant, catalog)
        below = [p for p in within if any(p != q and p[: len(q)] == q for q in paths)]
        below = below or below_named(paths, meant, catalog)
        if not paths or not (hint or below) or (w.CONDITION.search(inside) and not below):
            continue
        text = f"{text[: found.start()]} {' or '.join(path[-1] for path in below)} {text[found.end() :]}"
    return re.sub(r"\s+", " ", text).strip()


def _above(paths: Sequence[CategoryPath], hint: str, catalog: Catalog) -> bool:
    """Whether `hint` only repeats words of the names of one of `paths` and of what stands above it."""
    wanted = set(category_words(hint))
    for path in paths:
        names = [name for n in range(len(path)) for name in catalog.names_of(path[: n + 1])]
        if wanted and wanted <= {x for name in names for x in category_words(name)}:
            return True
    return False


def below_named(
    paths: Sequence[CategoryPath], hint: str, catalog: Catalog, as_listed: bool = False
) -> list[CategoryPath]:
    """The one category below `paths` of whose names one (as_listed: the list's) has all the words of `hint`.

    [] for none or several.
    """
    hint = w.POINTING.sub(" ", hint)
    wanted = {x for x in category_words(hint) if not is_empty(x) or x in ("pre", "fine")} - {"only", "kind"}
    found = [
        node
        for node in catalog.taxonomy.nodes()
        if any(node != q and node[: len(q)] == q for q in paths)
        and wanted
        and any(
            wanted <= set(category_words(name)) for name in catalog.names_of(node)[: 1 if as_listed else None]
        )
    ]
    tops = [p for p in found if not any(q != p and p[: len(q)] == q for q in found)]
    if len(tops) > 1:  # 结构化 is 结构化剪枝, though 非结构化剪枝 has the same signs
        begun = category_words(hint)
        tops = [p for p in tops if any(category_words(n)[: len(begun)] == begun for n in catalog.names_of(p))]
    return tops if len(tops) == 1 else []


def compared_below(asked: SetQuestion, rest: Rest, catalog: Catalog) -> SetQuestion:
    """`asked` with what is compared below its category, out of `rest`: "structured or unstructured?" """
    chinese = re.findall(r"[\u3400-\u9fff]+", w.COMPARE_ZH.sub(" ", rest.text))
    chinese = [x.lstrip("类里中下是的") for x in chinese]  # 非 is empty elsewhere, not in 非结构化
    latin = [x for x in rest.words(w.COMPARE_WORDS, w.COMPARE_ZH) if x.isascii()]
    parts = [below_named(asked.categories, word, catalog) for word in (*latin, *filter(None, chinese))]
    paths = tuple(dict.fromkeys(path for found in parts for path in found))
    if len(paths) < 2 or not all(parts):
        return asked
    rest.take(0, len(rest.text))
    return replace(asked, categories=paths)


# ---- exceptions ---------------------------------------------------------------------------------


def exceptions(text: str, start: SetQuestion, catalog: Catalog) -> tuple[str, SetQuestion]:
    """The question without its exceptions, and `start` with them: "besides the weight-only ones".

    A phrase that is not wholly conditions, or would leave nothing of the rest, is left where it stands.
    """
    found = []
    for (first, last), (begin, end) in islice(_phrases(text), MAX_PHRASES):
        outside = f"{text[:first]} {text[last:]}".strip(" ,\uff0c")
        part = _exception(text[begin:end], outside, start, catalog)
        found += [(outside, part)] if part else []
    if not found:
        return text, start
    outside, part = next((x for x in found if _one_kind(x[1])), found[0])
    return exceptions(outside, replace(start, but=(*start.but, part)), catalog)


def _one_kind(part: SetQuestion) -> bool:
    """Whether an exception is of one kind: "but for interpolation, ICLR only" leaves out interpolation."""
    kinds = (part.names, part.categories, part.venues or part.no_venues, part.years, part.text, part.order)
    return sum(map(bool, kinds)) + (part.has_code is not None) == 1


def _phrases(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """(span with its marker, span of what is excepted) of what may be an exception, likeliest first."""
    for pattern, longest_first in ((w.EXCEPT, True), (w.IS_NOT, False)):
        for found in pattern.pattern.finditer(text):
            stops = [p.pattern.search(text, found.end()) for p in (w.SENTENCE_END, w.MAIN_VERB)]
            last = min((stop.start() for stop in stops if stop), default=len(text))
            ends = [m.start() for m in w.CLAUSE_END.pattern.finditer(text, found.end(), last)] + [last]
            for end in sorted(set(ends), reverse=longest_first):
                tail = w.EXCEPT_TAIL.pattern.match(text, end)
                yield (found.start(), tail.end() if tail else end), (found.end(), end)
    for found in w.EXCEPT_AFTER.pattern.finditer(text):
        yield found.span(), found.span("what")


def _exception(phrase: str, outside: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """The set that `phrase` takes away; None when it is not wholly conditions."""
    kept = [path for _, _, path in catalog.categories_in(outside)]
    own = [path for _, _, path in catalog.categories_in(phrase)]
    emptied = [p for p in own if any(q[: len(p)] == p for q in kept)]
    rest = Rest(phrase)
    part = SetQuestion("", "set", True, start.language)
    if (not own or emptied) and not w.TITLE_HAS.search(phrase):
        # "besides Prefix-Tuning itself": the paper, not the category that is asked for
        named = catalog.names_in(phrase) or catalog.names_in(phrase, any_case=True)
        named = [hit for hit in named if not is_empty(phrase[hit[0] : hit[1]])]
        for begin, end, _ in named:
            rest.take(begin, end)
        part = replace(
            part,
            names=tuple(dict.fromkeys(key for *_, keys in named for key in keys)),
            asked=", ".join(phrase[begin:end] for begin, end, _ in named),
        )
    rest.drop(w.LIST)
    part = take_all(rest, part, catalog, True)
    if not part.categories and rest.words():  # "MoE, but not the algorithm-level ones"
        below = below_named(kept, " ".join(rest.words()), catalog)
        if not below:  # "parallel decoding, not counting speculative ones"
            beside = below_named([path[:-1] for path in kept], " ".join(rest.words()), catalog)
            below = [path for path in beside if path not in kept]
        part, rest = replace(part, categories=tuple(below)), Rest("") if below else rest
    if part.tracks == MAIN:
        part = replace(part, tracks=None)  # who leaves out ACL leaves out its workshops too
    # "neither NeurIPS nor arXiv": what is not there either is left out too
    part = replace(part, both=False, venues=(*part.venues, *part.no_venues), no_venues=())
    understood = not rest.words() and (part.filtered or part.names) and not part.unknown
    return part if understood and not (emptied and part.categories) else None


# ---- a part of the set --------------------------------------------------------------------------


def part_of(whole: SetQuestion, tail: str, start: SetQuestion, catalog: Catalog) -> SetQuestion | None:
    """The question on a part of `whole` that a second clause asks: ", and which of them have code?"

    None when the clause says more than conditions, or speaks of another set ("and how many from ICML").
    """
    tail, start = exceptions(tail, start, catalog)
    rest = Rest(tail)
    part = take_all(rest, start, catalog, True)
    if (
        rest.words() and not part.categories
    ):  # "how many in distillation, and how many of them are white-box?"
        below = below_named(whole.categories, " ".join(rest.words()), catalog)
        part, rest = replace(part, categories=tuple(below)), Rest("") if below else rest
    if rest.words() or not part.filtered or part.unknown:
        return None
    inside = whole.categories and all(
        any(p[: len(q)] == q for q in whole.categories) for p in part.categories
    )
    other = (
        (part.venues and whole.venues)
        or (part.years and whole.years)
        or (part.categories and whole.categories and not inside)
    )
    if other and not w.OF_THEM.search(tail):
        return None
    kind: Kind = "count" if w.COUNT.search(tail) else "set"
    return replace(part, kind=kind, explicit=True, entries=False, within=whole, also_whole=True)
