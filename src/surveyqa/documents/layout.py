"""From glyphs to lines, and from lines to columns: the geometry of a page, free of any meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from surveyqa.documents.glyphs import HYPHEN, Box, Glyph, PageGlyphs

WORD_GAP = 0.1  # em; justified text never sets words closer (0.13 in the survey), kerning never wider
LINE_GAP = 2.2  # em; a wider gap in a line separates columns or cells
Char = tuple[str, "Glyph | None"]  # a character of clean text and the glyph it comes from, if any


@dataclass(frozen=True, eq=False)
class Line:
    """Glyphs that share a baseline (with their sub- and superscripts), left to right as drawn."""

    page: int
    glyphs: tuple[Glyph, ...]
    size: float  # the most frequent glyph size, points
    y: float  # baseline, points from the bottom
    fixed: tuple[Char, ...] | None = None  # the text, where it is not simply the glyphs' (a fraction)

    @cached_property
    def x0(self) -> float:
        return min(glyph.x0 for glyph in self.glyphs)

    @cached_property
    def x1(self) -> float:
        return max(glyph.x1 for glyph in self.glyphs)

    @cached_property
    def chars(self) -> tuple[Char, ...]:
        """The text, with spaces where there is room for one; raised and lowered letters as X^H, H_2."""
        if self.fixed is not None:
            return self.fixed
        found: list[Char] = []
        end = self.glyphs[0].x0
        level, script = 0, -1  # `script`: where the open sub- or superscript begins
        before: Glyph | None = None
        for glyph in self.glyphs:
            if glyph.char.isspace():
                end = max(end, glyph.x1)
                if found and found[-1][0] != " ":
                    found.append((" ", None))
                continue
            gap = glyph.x0 - end
            ligature = before is not None and glyph.x0 == before.x0
            now = self._level(glyph)
            if now != level and script >= 0:
                _brace(found, script)
                script = -1
            if found and found[-1][0] != " " and not ligature and gap > WORD_GAP * max(self.size, 1):
                found.append((" ", None))
            if now != level and now and found and found[-1][0] != " " and _scripted(glyph.char):
                found.append(("^" if now > 0 else "_", None))
                script = len(found)
            level = now
            found.extend((char, glyph) for char in glyph.char)
            end = max(end, glyph.x1)
            before = glyph
        if script >= 0:
            _brace(found, script)
        while found and found[-1][0] == " ":
            found.pop()
        return tuple(found)

    def _level(self, glyph: Glyph) -> int:
        if glyph.size > 0.85 * self.size or glyph.hangs:
            return 0
        shift = glyph.y - self.y
        return 1 if shift > 0.18 * self.size else -1 if shift < -0.08 * self.size else 0

    @cached_property
    def text(self) -> str:
        return "".join(char for char, _ in self.chars)

    @cached_property
    def plain(self) -> str:
        return self.text.replace(HYPHEN, "-")

    @property
    def bold_start(self) -> int:
        """How many characters of `chars` at the start are set in bold."""
        count = 0
        for position, (char, glyph) in enumerate(self.chars):
            if glyph is None:
                continue
            if not glyph.bold:
                break
            if char:
                count = position + 1
        return count


def _scripted(char: str) -> bool:
    return char.isalnum() or char in "⊤+−"


def _brace(found: list[Char], start: int) -> None:
    if len(found) - start > 1:
        found.insert(start, ("{", None))
        found.append(("}", None))


def page_lines(page: PageGlyphs, glyphs: Iterable[Glyph] | None = None) -> list[Line]:
    """The lines of a page in the order they are drawn. A wide gap or a step back begins a new line."""
    lines: list[list[Glyph]] = []
    anchor: Glyph | None = None
    right = 0.0
    for glyph in page.glyphs if glyphs is None else glyphs:
        if anchor is not None and lines and _continues(lines[-1], anchor, right, glyph):
            lines[-1].append(glyph)
            right = max(right, glyph.x1)
            if glyph.size > anchor.size and not glyph.hangs:
                anchor = glyph
        else:
            lines.append([glyph])
            anchor, right = glyph, glyph.x1
    found = [_line(page.number, line) for line in lines if any(g.char.strip() for g in line)]
    return _with_fractions(found, page.rules)


def _with_fractions(lines: list[Line], rules: Sequence[Box]) -> list[Line]:
    """What stands over and under a fraction bar, and the formula to its left and right, as one line."""
    found: list[Line] = []
    index = 0
    while index < len(lines):
        over, under = lines[index], lines[index + 1] if index + 1 < len(lines) else None
        if under is None or not _is_fraction(over, under, rules):
            found.append(over)
            index += 1
            continue
        chars, glyphs = (
            (*over.chars, (" ", None), ("/", None), (" ", None), *under.chars),
            over.glyphs + under.glyphs,
        )
        y = (over.y + under.y) / 2
        before = found[-1] if found else None
        if before is not None and abs(before.y - y) < before.size and -5 < over.x0 - before.x1 < 20:
            found.pop()
            chars, glyphs, y = before.chars + chars, before.glyphs + glyphs, before.y
        index += 2
        if index < len(lines):
            after = lines[index]
            if abs(after.y - y) < after.size and -5 < after.x0 - max(over.x1, under.x1) < 20:
                chars, glyphs, y = (*chars, (" ", None), *after.chars), glyphs + after.glyphs, after.y
                index += 1
        found.append(Line(over.page, glyphs, over.size, y, chars))
    return found


def _is_fraction(over: Line, under: Line, rules: Sequence[Box]) -> bool:
    if not 0.9 * over.size < over.y - under.y < 2.0 * over.size:
        return False
    left, right = min(over.x0, under.x0), max(over.x1, under.x1)
    return any(
        under.y < rule[1] < over.y and abs(rule[0] - left) < 4 and abs(rule[2] - right) < 4 for rule in rules
    )


def _continues(line: Sequence[Glyph], anchor: Glyph, right: float, glyph: Glyph) -> bool:
    size = max(anchor.size, glyph.size)
    gap = glyph.x0 - right
    if glyph.x0 == line[-1].x0 and glyph.y == line[-1].y:
        return True  # the letters of a ligature
    if gap > LINE_GAP * size or gap < -0.9 * size:
        return False
    if glyph.hangs or anchor.hangs:
        return abs(glyph.y - anchor.y) < 2.0 * size
    return abs(glyph.y - anchor.y) < (0.3 if glyph.size > 0.9 * anchor.size else 0.6) * size


def _line(number: int, glyphs: list[Glyph]) -> Line:
    sizes = Counter(round(glyph.size, 1) for glyph in glyphs if not glyph.hangs)
    size = max(sizes.items(), key=lambda item: (item[1], item[0]))[0] if sizes else glyphs[0].size
    level = Counter(round(g.y, 1) for g in glyphs if abs(g.size - size) < 0.11 and not g.hangs)
    y = level.most_common(1)[0][0] if level else glyphs[0].y
    return Line(number, tuple(glyphs), size, y)


def body_size(pages: Iterable[PageGlyphs]) -> float:
    """The most frequent glyph size, points."""
    sizes = Counter(round(g.size, 1) for page in pages for g in page.glyphs if not g.inside)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def join_rows(lines: Sequence[Line], gutter: float | None = None) -> list[Line]:
    """Lines that share a baseline become one, unless the gutter between two columns parts them."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda item: (-item.y, item.x0)):
        for index in range(len(rows) - 1, max(-1, len(rows) - 8), -1):
            row = rows[index]
            apart = gutter is not None and (row.x0 < gutter) != (line.x0 < gutter)
            if abs(row.y - line.y) < 0.25 * max(row.size, line.size) and not apart:
                first, second = (row, line) if row.x0 <= line.x0 else (line, row)
                rows[index] = _beside(first, second)
                break
        else:
            rows.append(line)
    return rows


def _beside(first: Line, second: Line) -> Line:
    glyphs = first.glyphs + second.glyphs
    if first.fixed is None and second.fixed is None:
        return replace(first, glyphs=glyphs)
    return replace(first, glyphs=glyphs, fixed=(*first.chars, (" ", None), *second.chars))


def find_gutter(lines: Sequence[Line], width: float) -> float | None:
    """The x of the gutter if the lines stand in two columns, else None."""
    if len(lines) < 12:
        return None
    best: tuple[int, float] | None = None
    for step in range(40, 61):
        x = width * step / 100
        crossing = sum(line.x0 < x - 2 and line.x1 > x + 2 for line in lines)
        if best is None or (crossing, abs(step - 50)) < (best[0], abs(best[1] / width * 100 - 50)):
            best = (crossing, x)
    if best is None or best[0] > 0.25 * len(lines):
        return None
    x = best[1]
    left = [line for line in lines if line.x1 <= x + 2]
    right = [line for line in lines if line.x0 >= x - 2]
    enough = max(5, 0.15 * len(lines))
    if len(left) < enough or len(right) < enough:
        return None
    wide = [line for line in left + right if line.x1 - line.x0 > 0.25 * width]
    return x if len(wide) > 0.4 * (len(left) + len(right)) else None


def reading_order(lines: Sequence[Line], gutter: float | None) -> list[Line]:
    """Top to bottom; in two columns: down the left one, then the right, between full-width lines."""
    ordered = sorted(lines, key=lambda item: (-item.y, item.x0))
    if gutter is None:
        return ordered
    found: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in ordered:
        if line.x0 < gutter - 2 and line.x1 > gutter + 2:
            found += [*left, *right, line]
            left, right = [], []
        elif line.x0 < gutter - 2:
            left.append(line)
        else:
            right.append(line)
    return [*found, *left, *right]


def furniture(pages: Sequence[tuple[PageGlyphs, Sequence[Line]]]) -> set[tuple[int, int]]:
    """(page, position of the line) of running headers, footers and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    candidates: list[tuple[int, int, str, int]] = []
    for page, lines in pages:
        for position, line in enumerate(lines):
            if not 0.1 * page.height < line.y < 0.9 * page.height:
                shape = re.sub(r"\d+|\b[ivxl]+\b", "#", line.plain.strip().lower())
                height = round(line.y / 4)
                candidates.append((page.number, position, shape, height))
                seen[shape, height] += 1
    enough = 3 if len(pages) > 3 else 2
    found = set()
    for number, position, shape, height in candidates:
        repeated = sum(seen[shape, height + step] for step in (-1, 0, 1))
        if shape in {"#", "- # -", "page #", "# of #", "page # of #"} or repeated >= enough:
            found.add((number, position))
    return found


def inside(line: Line, box: Box, slack: float = 2.0) -> bool:
    middle = (line.x0 + line.x1) / 2
    return box[0] - slack <= middle <= box[2] + slack and box[1] - slack <= line.y <= box[3] + slack
