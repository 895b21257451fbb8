"""Tables: one draft per row, with the caption, the column names and the row as printed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surveyqa.documents.drafts import Draft, Float
from surveyqa.documents.glyphs import Glyph, PageGlyphs
from surveyqa.documents.layout import Line, page_lines
from surveyqa.documents.text import Placed, Words, join, string

_ICONS = {"✓": "yes", "✗": "no"}
_LONG = 40  # characters; a longer cell is given once, as printed
_STRIP = 0.45  # em of white between two columns


@dataclass(frozen=True)
class Columns:
    """Where the columns of a table stand (left edges after the first, points) and what they are called."""

    edges: tuple[float, ...]
    names: tuple[str, ...]
    caption: str


class Tables:
    """Reads tables page by page; a continued table keeps the columns of its first part."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._columns: dict[str, Columns] = {}

    def rows(self, item: Float, page: PageGlyphs, path: tuple[str, ...]) -> list[Draft]:
        """The rows of the table `item`, printed on `page`, as drafts of kind "table-row"."""
        glyphs = [glyph for line in item.lines for glyph in line.glyphs if glyph.char.strip()]
        if not glyphs:
            return []
        levels = _levels(glyphs)
        head = levels.pop(0) if len(levels) > 1 and _is_head(levels[0], levels[1], page) else []
        if not levels:
            return []
        known = self._columns.get(item.number)
        if known is None:
            edges = _edges([glyph for level in levels for glyph in level])
            names = (
                tuple(string(join(cell, self._words)) for cell in _cells(head, page, edges)) if head else ()
            )
            known = Columns(edges, names, string(join(item.caption, self._words)))
            self._columns[item.number] = known
        found = []
        for band in _bands(levels, page, known.edges):
            cells = [join(cell, self._words) for cell in _cells(band, page, known.edges)]
            if sum(bool(cell) for cell in cells) > 1:
                found.append(_row(known, cells, path, f"table {item.number}", page.number))
        return found


def _levels(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """The glyphs of each printed line, top to bottom."""
    size = _usual([glyph.size for glyph in glyphs])
    levels: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=_height, reverse=True):
        if levels and _height(levels[-1][0]) - _height(glyph) < 0.5 * size:
            levels[-1].append(glyph)
        else:
            levels.append([glyph])
    return levels


def _height(glyph: Glyph) -> float:
    """The baseline that a glyph belongs to; large operators hang from theirs."""
    return glyph.y - 0.7 * glyph.size if glyph.hangs else glyph.y


def _usual(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _edges(glyphs: Sequence[Glyph]) -> tuple[float, ...]:
    """The middles of the vertical strips of white that run through the whole table."""
    size = _usual([glyph.size for glyph in glyphs])
    spans = sorted((glyph.x0, glyph.x1) for glyph in glyphs)
    edges = []
    end = spans[0][1]
    for x0, x1 in spans:
        if x0 - end > _STRIP * size:
            edges.append((x0 + end) / 2)
        end = max(end, x1)
    return tuple(edges)


def _bands(levels: list[list[Glyph]], page: PageGlyphs, edges: Sequence[float]) -> list[list[Glyph]]:
    """The glyphs of each row, top to bottom: one printed line each, or parted by rules or by white."""
    filled = [len({_column(glyph, edges) for glyph in level}) for level in levels]
    if sum(count > 0.6 * len(edges) for count in filled) > 0.8 * len(levels):
        return levels
    heights = [_usual([glyph.y for glyph in level]) for level in levels]
    steps = [above - below for above, below in itertools.pairwise(heights)]
    usual = _usual([step for step in steps if step > 2])
    bands = [list(levels[0])]
    for step, height, level in zip(steps, heights[1:], levels[1:], strict=True):
        parted = any(height + 2 < rule[1] < height + step for rule in page.rules)
        if step > 1.25 * usual or parted:
            bands.append(list(level))
        else:
            bands[-1] += level
    return bands


def _is_head(first: Sequence[Glyph], second: Sequence[Glyph], page: PageGlyphs) -> bool:
    """Whether the first line names the columns: it is bold, or a rule parts it from the second."""
    letters = [glyph for glyph in first if glyph.char.isalnum()]
    if letters and sum(glyph.bold for glyph in letters) > 0.7 * len(letters):
        return True
    return any(max(g.y for g in second) + 3 < rule[1] < min(g.y for g in first) for rule in page.rules)


def _column(glyph: Glyph, edges: Sequence[float]) -> int:
    return sum((glyph.x0 + glyph.x1) / 2 > edge for edge in edges)


def _cells(band: Sequence[Glyph], page: PageGlyphs, edges: Sequence[float]) -> list[list[Line]]:
    """The lines of each cell, in the order they are drawn. A word belongs to the column of its middle."""
    chosen = {id(glyph) for glyph in band}
    cells: list[list[Glyph]] = [[] for _ in range(len(edges) + 1)]
    for word in _words(glyph for glyph in page.glyphs if id(glyph) in chosen):
        middle = (word[0].x0 + word[-1].x1) / 2
        cells[sum(middle > edge for edge in edges)] += word
    return [page_lines(page, cell) for cell in cells]


def _words(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    found: list[list[Glyph]] = []
    for glyph in glyphs:
        last = found[-1][-1] if found else None
        if (
            last is not None
            and abs(glyph.x0 - last.x1) < 0.2 * glyph.size
            and abs(glyph.y - last.y) < glyph.size
        ):
            found[-1].append(glyph)
        else:
            found.append([glyph])
    return found


def _row(
    columns: Columns, cells: Sequence[Sequence[Placed]], path: tuple[str, ...], label: str, page: int
) -> Draft:
    """Caption, short cells by name with ticks as words, then the row as printed, cells parted by " | ".

    What may be quoted of it are the cells between ticks that are longest together: a tick is drawn, not
    written, and other readers of the page print a name or a letter for it.
    """
    names = [*columns.names, *("" for _ in cells)]
    told = []
    for name, cell in zip(names, cells, strict=False):
        text = string(cell)
        if text not in ("", "-") and name and len(text) <= _LONG:
            told.append(f"{name}: {_ICONS.get(text, text)}")
    caption = re.sub(r"\s*\(continued\)\s*$", "", columns.caption, flags=re.I)
    chars = _plain(f"{caption} {'; '.join(told)}. " if told else f"{caption} ", page)
    start = len(chars)
    runs = [(start, start)]
    for cell in cells:
        if not cell:
            continue
        chars += _plain(" | " if len(chars) > start else "", page)
        begin = len(chars)
        chars += cell
        if string(cell) in _ICONS:
            runs.append((0, 0))
        else:
            runs[-1] = (runs[-1][0] if runs[-1][1] > start else begin, len(chars))
    quote = max(runs, key=lambda run: run[1] - run[0])
    return Draft("table-row", tuple(chars), path, 0, label, quote=quote)


def _plain(text: str, page: int) -> list[Placed]:
    return [Placed(char, page) for char in text]
