"""Questions on the list's own shape: its categories, what has the most papers, its framework table."""

from __future__ import annotations

from dataclasses import replace

from surveyqa.catalog import wording as w
from surveyqa.catalog.conditions import Rest, SetQuestion


def shape(text: str, rest: Rest, asked: SetQuestion, on_list: bool, papers: bool) -> SetQuestion | None:
    """The question as one on the list's shape, None when it is not one.

    rest: what of `text` is no condition; on_list, papers: whether the list, or papers, are spoken of.
    """
    below = bool(w.BELOW_SURE.search(text))
    if rest.words(w.SHAPE_WORDS, w.SHAPE_ZH):
        return None
    most = w.RANK.search(text)
    sized = asked.categories and (w.LARGEST.search(text) or w.HEADING.search(text))
    sized = sized or (most and w.VENUES.search(most[0]))
    if on_list or papers or below or sized or w.RANK_SOME.search(text):
        ranked = _rank(text, asked)
        if ranked:
            return ranked
    count = "count" if w.COUNT.search(text) else "set"
    if on_list and not papers and w.FRAMEWORKS.search(text):
        every = bool(w.ALL_TICKS.search(text))
        ticks = [name for name, pattern in w.TICKS if every or pattern.search(text)]
        fields = (count, *(["only"] if w.ONLY.search(text) else []), *ticks)
        return replace(asked, kind="frameworks", explicit=True, fields=fields, categories=())
    said = w.EACH.sub(" ", text)  # "how many papers has each" is no set of papers
    papers = bool(w.PAPERS.search(said) or w.PAPER.search(said))
    split = on_list and bool(w.SPLIT.search(text))
    asks = split or ((below or on_list) and bool(w.BELOW.search(text)))
    if not papers and asks and not (asked.venues or asked.years):
        sure = asked.categories or on_list or w.TOP_LEVEL.search(text)
        if sure and (w.SET.search(text) or count == "count" or below or split):
            depth = "leaf" if w.LEAF.search(text) else "top" if w.TOP_LEVEL.search(text) else "all"
            return replace(asked, kind="categories", explicit=True, fields=(count, depth))
    return None


def _rank(text: str, asked: SetQuestion) -> SetQuestion | None:
    """ "Which venue has the most", "the 3 largest categories", "how many a year", "which have only one"."""
    found = w.RANK_SOME.search(text)
    if found:
        number = next((x for x in (found["n"], found["n_zh"]) if x), "1").lower()
        count = int(number) if number.isdigit() else w.NUMBERS.get(number, 1)
        how = (found["how"] or found["how_zh"]).lower()
        direction = next((name for name, pattern in w.BOUNDS if pattern.search(how)), "exactly")
        return _ranked(asked, found["what"] or found["what_zh"], direction, count)
    most = w.RANK.search(text)
    found = most or (w.EACH_OF.search(text) if w.COUNT.search(text) else None) or w.WHICH_ALL.search(text)
    if not found:
        return None
    what = next(g for g in found.groups() if g)
    if not most:
        return _ranked(asked, what, "all", 0)
    top = w.TOP_SHAPES.search(text)
    number = next(g for g in top.groups() if g).lower() if top else "0"
    count = int(number) if number.isdigit() else w.NUMBERS.get(number, 0)
    return _ranked(asked, what, "fewest" if w.FEWEST.search(text) else "most", count)


def _ranked(asked: SetQuestion, what: str, direction: str, count: int) -> SetQuestion:
    kind = next(name for name, pattern in w.RANKED if pattern.search(what))
    return replace(
        asked,
        kind="rank",
        explicit=True,
        fields=(kind, direction, str(count)),
        order=None,
        limit=None,
        repeated=None,
    )
