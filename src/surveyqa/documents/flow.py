"""From lines to blocks: sections, run-in headings, bullets, paragraphs across pages, floats set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from surveyqa.documents import BlockKind
from surveyqa.documents.drafts import Draft, Float, Heading, PageFlow
from surveyqa.documents.glyphs import Box, PageGlyphs
from surveyqa.documents.layout import (
    Line,
    body_size,
    find_gutter,
    furniture,
    inside,
    join_rows,
    page_lines,
    reading_order,
)
from surveyqa.documents.tables import Tables
from surveyqa.documents.text import Addresses, Placed, Words, join, string
from surveyqa.documents.trees import leaves

CAPTION = re.compile(r"(Figure|Fig\.|Table|Algorithm|Listing)\s+(\d+|[A-Z]\.\d+|[IVX]+)\s*[:.]", re.I)
_CONTINUED = re.compile(r"(table \d+ )?continued (on|from) (the )?(next|previous) page\.?$", re.I)
_NUMBERED = re.compile(r"((?:\d+|[A-Z])(?:\.\d+)*)\.?\s+(\S.*)")
_BULLET = re.compile(r"[•▪‣◦●○■–∙·*]\s|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s")
_REFERENCES = {"references", "bibliography", "literature cited", "参考文献"}
_UNNUMBERED = {"abstract", "acknowledgement", "acknowledgements", "acknowledgments", "acknowledgment",
               "appendix", "conclusion", "conclusions", "introduction", *_REFERENCES}  # fmt: skip


def sort_pages(pages: Sequence[PageGlyphs]) -> list[PageFlow]:
    """Take furniture, figures, tables and footnotes out of the running text of each page."""
    size = body_size(pages)
    drawn = [(page, page_lines(page, [g for g in page.glyphs if not g.inside])) for page in pages]
    dropped = furniture(drawn)
    flows = []
    for page, lines in drawn:
        kept = [line for index, line in enumerate(lines) if (page.number, index) not in dropped]
        flow = _sort_page(page, kept, size)
        flow.furniture = [line for index, line in enumerate(lines) if (page.number, index) in dropped]
        flows.append(flow)
    return flows


def _sort_page(page: PageGlyphs, lines: list[Line], size: float) -> PageFlow:
    floats = []
    rest = [line for line in lines if not _CONTINUED.match(line.plain)]
    for line in sorted((line for line in lines if CAPTION.match(line.plain)), key=lambda item: -item.y):
        match = CAPTION.match(line.plain)
        if match is None or line not in rest or not _is_caption(line, rest, page):
            continue
        caption = _caption_lines(line, rest)
        rest = [item for item in rest if item not in caption]
        kind = "table" if match.group(1).lower() == "table" else "figure"
        floats.append(Float(kind, match.group(2), caption))
    for item in floats:
        box = _table_box(item, page) if item.kind == "table" else _figure_box(item, floats, rest, page, size)
        if box is not None:
            item.lines = [line for line in rest if inside(line, box)]
            rest = [line for line in rest if line not in item.lines]
    rest = [line for line in rest if not any(inside(line, box, -1.0) for box in page.figures)]
    gutter = find_gutter(rest, page.width)
    rows = reading_order(join_rows(rest, gutter), gutter)
    footnotes = _footnotes(rows, page, size)
    return PageFlow(page, [row for row in rows if row not in footnotes], footnotes, floats, gutter)


def _is_caption(line: Line, lines: Sequence[Line], page: PageGlyphs) -> bool:
    """A caption begins a paragraph: nothing of a text line stands close above it at the same left edge."""
    return not any(
        0 < other.y - line.y < 1.35 * line.size and abs(other.x0 - line.x0) < 3 and other.size >= line.size
        for other in lines
        if other is not line
    )


def _caption_lines(first: Line, lines: Sequence[Line]) -> list[Line]:
    found = [first]
    for line in sorted(lines, key=lambda item: -item.y):
        last = found[-1]
        close = 0 < last.y - line.y < 1.45 * first.size
        if line is not first and close and abs(line.x0 - first.x0) < 4 and abs(line.size - first.size) < 0.6:
            found.append(line)
    return found


def _table_box(item: Float, page: PageGlyphs) -> Box | None:
    """From the caption to the last wide rule below it (or, for a caption below, the first above)."""
    top, bottom = item.caption[0].y, item.caption[-1].y
    below = [rule for rule in page.rules if rule[3] < bottom]
    above = [rule for rule in page.rules if rule[1] > top + 5 and rule[1] < 0.93 * page.height]
    if (below and bottom - max(rule[3] for rule in below) < 60) or (below and not above):
        left, right = min(rule[0] for rule in below), max(rule[2] for rule in below)
        wide = [rule for rule in below if _reaches(rule, below, 0.6 * (right - left))]
        return (left - 5, min(rule[1] for rule in wide or below), right + 5, bottom - 1)
    if above:
        left, right = min(rule[0] for rule in above), max(rule[2] for rule in above)
        return (left - 5, top + 1, right + 5, max(rule[3] for rule in above))
    return None


def _reaches(rule: Box, rules: Sequence[Box], width: float) -> bool:
    """Whether the rules at the height of `rule` (a table draws one per column) are `width` long together."""
    return sum(other[2] - other[0] for other in rules if abs(other[1] - rule[1]) < 1) >= width


def _figure_box(
    item: Float, floats: Sequence[Float], lines: Sequence[Line], page: PageGlyphs, size: float
) -> Box | None:
    """What stands above the caption: an included figure, or small print and boxes up to the running text."""
    top = item.caption[0].y
    over = [box for box in page.figures if box[1] > top - 5]
    ceiling = min((other.caption[-1].y for other in floats if other.caption[-1].y > top + 5), default=9999.0)
    for line in lines:
        # Running text is of body size and not inside one of the figure's boxes.
        running = line.y > top + 5 and line.size > 0.9 * size and line.x1 - line.x0 > 0.3 * page.width
        if running and not any(inside(line, box) for box in (*over, *page.shapes)):
            ceiling = min(ceiling, line.y - 1)
    if any(box[1] < ceiling for box in over):
        over = [box for box in over if box[1] < ceiling]
        return (
            min(box[0] for box in over), top + 1,
            max(box[2] for box in over), max(min(box[3], ceiling) for box in over),
        )  # fmt: skip
    if any(top < box[1] < ceiling for box in page.shapes) or any(
        top < line.y < ceiling and line.size < 0.85 * size for line in lines
    ):
        return (0.0, top + 1, page.width, ceiling)
    return None


def _footnotes(rows: Sequence[Line], page: PageGlyphs, size: float) -> list[Line]:
    """Small print below the last line of running text."""
    found: list[Line] = []
    for line in reversed(rows):
        if line.size > 0.88 * size or line.y > 0.5 * page.height:
            break
        found.append(line)
    return found[::-1]


class Flow:
    """Reads sorted pages into drafts. One use: `Flow(...).read()`."""

    def __init__(
        self,
        flows: Sequence[PageFlow],
        outline: Sequence[Heading],
        size: float,
        links: Addresses | None = None,
    ) -> None:
        self.pages = flows
        self._links = links
        self._outline = list(outline)
        self._size = size
        self.words = Words(
            line.plain
            for flow in flows
            for lines in (flow.body, flow.footnotes, *(item.lines for item in flow.floats))
            for line in lines
        )
        self._drafts: list[Draft] = []
        self._pending: list[Draft] = []  # floats and footnotes, until the open paragraph is closed
        self._tables = Tables(self.words)
        self._sections: list[tuple[int, str]] = []
        self._runin = self._bullet = ""
        self._lines: list[Line] = []  # of the open paragraph
        self._kind: BlockKind = "paragraph"
        self._gutters = {flow.page.number: flow.gutter for flow in flows}
        self._edges = self._find_edges()
        self._leading = self._find_leading()
        self._heights = {flow.page.number: flow.page.height for flow in self.pages}
        self._bottom = min((line.y for flow in self.pages for line in flow.body), default=0.0)
        self._heads = self._find_headings()
        self.references: list[Line] = []
        self.headings: list[Heading] = []

    # -- measures of the page ---------------------------------------------------------------------

    def _column(self, line: Line) -> int:
        gutter = self._gutters.get(line.page)
        if gutter is None or (line.x0 < gutter and line.x1 > gutter + 5):
            return 0
        return 1 if line.x0 < gutter else 2

    def _find_edges(self) -> dict[int, tuple[float, float]]:
        """Left and right edge of each kind of column: the most frequent ones of its lines."""
        edges = {}
        for column in (0, 1, 2):
            lines = [
                line
                for flow in self.pages
                for line in flow.body
                if self._column(line) == column and abs(line.size - self._size) < 0.6
            ]
            left = Counter(round(line.x0) for line in lines)
            right = Counter(round(line.x1) for line in lines)
            if lines:
                edges[column] = (float(left.most_common(1)[0][0]), float(right.most_common(1)[0][0]))
        return edges

    def _find_leading(self) -> float:
        steps: Counter[float] = Counter()
        for flow in self.pages:
            for above, below in zip(flow.body, flow.body[1:], strict=False):
                if 0 < above.y - below.y < 3 * self._size:
                    steps[round(above.y - below.y, 1)] += 1
        return steps.most_common(1)[0][0] if steps else 1.2 * self._size

    # -- headings ---------------------------------------------------------------------------------

    def _find_headings(self) -> dict[Line, tuple[Heading, str] | None]:
        """A heading's line -> its heading and the title as printed, with its number.

        None for the further lines of a heading that runs over one.
        """
        found: dict[Line, tuple[Heading, str] | None] = {}
        faces: set[tuple[str, float]] = set()
        for heading in self._outline:
            for lines in self._runs_near(heading):
                printed = _printed(lines, heading.title)
                if printed and lines[0] not in found:
                    found |= dict.fromkeys(lines[1:])
                    found[lines[0]] = (heading, printed)
                    faces.add((lines[0].glyphs[0].font, lines[0].size))
                    break
        for flow in self.pages:
            first: Line | None = None  # of the heading that goes on right above
            last: Line | None = None
            for line in flow.body:
                head = found.get(first) if first is not None else None
                own = None if line in found else self._heading(line, faces)
                number, title = _number_and_title(line.plain)
                if head is not None and first and last and not number and _goes_on(last, line):
                    found[first] = (head[0], f"{head[1]} {title}")
                    found[line], last = None, line
                elif own is not None:
                    found[line], first, last = own, line, line
                else:
                    first = last = None
        return found

    def _runs_near(self, heading: Heading) -> Iterable[list[Line]]:
        """One, two or three lines on the page of `heading`, the nearest to its place first."""
        lines = next((flow.body for flow in self.pages if flow.page.number == heading.page), [])
        y = heading.y
        order = sorted(
            range(len(lines)), key=lambda index: abs(lines[index].y - y) if y is not None else index
        )
        for count in (1, 2, 3):
            for index in order:
                if len(lines) >= index + count:
                    yield lines[index : index + count]

    def _heading(self, line: Line, faces: set[tuple[str, float]]) -> tuple[Heading, str] | None:
        """A heading that the outline does not have: by its face, its size or its number."""
        text = line.plain.strip()
        name = text.lower().rstrip(".:")
        bold = all(g.bold for g in line.glyphs if g.char.isalnum())
        known = any(abs(line.size - size) < 0.2 and line.glyphs[0].font == font for font, size in faces)
        if len(text) > 120 or not any(char.isalpha() for char in text):
            return None
        number, title = _number_and_title(text)
        large = line.size > 1.08 * self._size
        if name in _UNNUMBERED and (bold or large or known):
            return Heading(0, text, line.page, line.y), text
        if self._outline:
            return None
        appendix = number.isalpha()  # or a title that begins with "A"
        if number and (bold or large) and title[:1].isupper() and not (appendix and line.page < 3):
            return Heading(number.count("."), title, line.page, line.y), f"{number} {title}"
        if large and bold and len(text) < 100 and line.page > 1:
            return Heading(0, text, line.page, line.y), text
        return None

    # -- blocks -----------------------------------------------------------------------------------

    def read(self) -> list[Draft]:
        for flow in self.pages:
            for line in flow.body:
                if line in self._heads:
                    head = self._heads[line]
                    if head is not None:
                        self._close()
                        self._enter(*head)
                elif self._in_references():
                    self.references.append(line)
                else:
                    self._add(line)
            for item in flow.floats:
                self._pending += self._float(item, flow.page)
            self._pending += self._notes(flow)
        self._close()
        self._flush()
        return self._drafts

    def _in_references(self) -> bool:
        return bool(self._sections) and _number_and_title(self._sections[-1][1])[1].lower() in _REFERENCES

    def _enter(self, heading: Heading, printed: str) -> None:
        while self._sections and self._sections[-1][0] >= heading.level:
            self._sections.pop()
        self._sections.append((heading.level, printed))
        self._runin = self._bullet = ""
        self.headings.append(replace(heading, title=printed))

    def _add(self, line: Line) -> None:
        if self._lines and self._breaks(self._lines[-1], line):
            self._close()
        if not self._lines:
            self._kind = "bullet" if _BULLET.match(line.plain) and self._hangs(line) else "paragraph"
        self._lines.append(line)

    def _hangs(self, line: Line) -> bool:
        """Whether a line that starts with a mark is a bullet: it is indented, or the mark is no number."""
        left, _ = self._edges.get(self._column(line), (line.x0, line.x1))
        return line.x0 > left + 0.5 * self._size or not line.plain[0].isalnum()

    def _breaks(self, last: Line, line: Line) -> bool:
        """Whether `line` begins a new paragraph after `last`."""
        left, _ = self._edges.get(self._column(line), (line.x0, line.x1))
        _, right_before = self._edges.get(self._column(last), (last.x0, last.x1))
        bullet = bool(_BULLET.match(line.plain)) and self._hangs(line)
        full = last.x1 > right_before - 2 * self._size and self._at_bottom(last)
        open_end = full or last.plain[-1] not in ".?!:"
        step = last.y - line.y
        text_left = self._text_left(self._lines)
        if bullet and not line.plain[0].isalnum():
            return True
        if last.page != line.page or step < -self._size or self._column(last) != self._column(line):
            if bullet or (self._kind == "bullet" and line.x0 < text_left - self._size):
                return True
            return not open_end or self._lead_end(line) > 0
        if step > 1.3 * self._leading:
            return not self._around_formula(last, line, left)
        if bullet and not open_end:
            return True
        if self._kind == "bullet":
            return line.x0 < text_left - 0.8 * self._size
        indented = left + 0.8 * self._size < line.x0 < left + 3.5 * self._size
        return indented and last.x0 < line.x0 - 0.5 * self._size and last.plain[-1] in ".?!:"

    def _at_bottom(self, line: Line) -> bool:
        """Whether the page is full at `line`: else a paragraph that ends there ends."""
        height = self._heights.get(line.page, 0.0)
        return line.y < min(self._bottom + 3 * self._leading, 0.25 * height)

    def _around_formula(self, last: Line, line: Line, left: float) -> bool:
        """Whether the room between the lines is that of a displayed formula, inside one sentence."""
        if last.y - line.y > 4 * self._leading:
            return False
        indent = left + 3 * self._size
        if line.x0 > indent and _has_formula(line):
            return last.plain[-1] not in ".?!"
        return last.x0 > indent and _has_formula(last) and line.plain[0].islower()

    def _text_left(self, lines: Sequence[Line]) -> float:
        if self._kind != "bullet" or not lines:
            return min((line.x0 for line in lines), default=0.0)
        if len(lines) > 1:
            return lines[1].x0
        first = lines[0]
        return next((g.x0 for _, g in first.chars[1:] if g is not None and g.x0 > first.x0 + 3), first.x0)

    def _lead_end(self, line: Line) -> int:
        """Length of a run-in heading at the start of `line`: bold words that end in a full stop or colon."""
        end = line.bold_start
        head = line.plain[:end]
        return end if re.search(r"[.:]$", head) and 2 < end < 90 and end < len(line.plain) else 0

    def _close(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._drafts.append(self._draft(lines))
        self._flush()

    def _flush(self) -> None:
        self._drafts += self._pending
        self._pending = []

    def _draft(self, lines: Sequence[Line]) -> Draft:
        chars = join(lines, self.words, self._links)
        text = string(chars)
        if self._kind == "bullet":
            match = _BULLET.match(text)
            if match and not text[0].isalnum() and text[0] != "(":
                chars = chars[match.end() :]
                text = string(chars)
        lead, name = _lead(chars, self._kind)
        if self._kind == "bullet":
            self._bullet = name
        else:
            self._bullet = ""
            if name:
                self._runin = name
        path = [title for _, title in self._sections]
        path += [name for name in (self._runin, self._bullet) if name]
        return Draft(self._kind, tuple(chars), tuple(path), lead)

    def _float(self, item: Float, page: PageGlyphs) -> list[Draft]:
        caption = Draft(
            "caption", tuple(join(item.caption, self.words)), self._path(), 0, f"{item.kind} {item.number}"
        )
        if item.kind == "table":
            return [caption, *self._tables.rows(item, page, self._path())]
        return [caption, *leaves(item, page, self.words, self._path(), caption.text)]

    def _path(self) -> tuple[str, ...]:
        return tuple(title for _, title in self._sections)

    def _notes(self, flow: PageFlow) -> list[Draft]:
        notes: list[list[Line]] = []
        for line in flow.footnotes:
            first = line.chars[0][1]
            marked = first is not None and first.size < 0.9 * line.size
            if notes and not marked:
                notes[-1].append(line)
            else:
                notes.append([line])
        return [Draft("footnote", tuple(join(note, self.words)), self._path()) for note in notes]


def _printed(lines: Sequence[Line], title: str) -> str:
    """The heading with its number, if `lines` are nothing but it; else ""."""
    text = " ".join(line.plain for line in lines)
    number, rest = _number_and_title(text)
    if _letters(text) == _letters(title):
        return text if len(lines) == 1 else title
    return f"{number} {title}" if number and _letters(rest) == _letters(title) else ""


def _goes_on(last: Line, line: Line) -> bool:
    """Whether two lines of headings are one heading: the same face, close together."""
    same = last.glyphs[0].font == line.glyphs[0].font and abs(last.size - line.size) < 0.2
    return same and 0 < last.y - line.y < 1.6 * last.size


def _has_formula(line: Line) -> bool:
    return line.fixed is not None or any(glyph.math for glyph in line.glyphs)


def _lead(chars: Sequence[Placed], kind: BlockKind) -> tuple[int, str]:
    """(length with the space after it, name) of the run-in heading that opens `chars`, or (0, "")."""
    end = 0
    for position, item in enumerate(chars):
        if item.glyph is None:
            continue
        if not item.glyph.bold:
            break
        end = position + 1
    text = string(chars)
    head = text[:end]
    if end == 0 or end >= len(text) or end > 100:
        return 0, ""
    ends = bool(re.search(r"[.:]$", head))
    if not ends and end < len(text) and text[end] in ".:":
        end, ends = end + 1, True
    if not ends and kind != "bullet":
        return 0, ""
    name = text[:end].strip().rstrip(".:").strip()
    if len(name) < 2 or not name[0].isalnum():
        return 0, ""
    if end < len(text) and text[end] == " ":
        end += 1
    return end, name


def _number_and_title(text: str) -> tuple[str, str]:
    match = _NUMBERED.match(text)
    return (match.group(1), match.group(2).strip()) if match else ("", text.strip())


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def place_floats(drafts: Sequence[Draft]) -> list[Draft]:
    """Give each float the section whose text mentions it first: it may be printed pages away."""
    first: dict[str, tuple[str, ...]] = {}
    for draft in drafts:
        if draft.kind in ("paragraph", "bullet", "footnote"):
            for match in re.finditer(r"\b(Figure|Fig\.|Table)s?\s+(\d+)", draft.text):
                label = f"{'table' if match.group(1) == 'Table' else 'figure'} {match.group(2)}"
                first.setdefault(label, _numbered_only(draft))
    return [replace(draft, path=first[draft.label]) if draft.label in first else draft for draft in drafts]


def _numbered_only(draft: Draft) -> tuple[str, ...]:
    """The section path without run-in headings."""
    depth = len(draft.path)
    while depth > 1 and not re.match(r"\d", draft.path[depth - 1]):
        depth -= 1
    return draft.path[:depth]
