"""What passes between the steps of reading a PDF: headings, floats, sorted pages, drafts of blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

from surveyqa.documents import Block, BlockKind
from surveyqa.documents.glyphs import PageGlyphs
from surveyqa.documents.layout import Line
from surveyqa.documents.text import Placed, page_starts, string


@dataclass(frozen=True)
class Heading:
    """An entry of the outline: level from 0, title, page (1-based), height on it (points), if given."""

    level: int
    title: str
    page: int
    y: float | None = None


@dataclass
class Float:
    """A figure or table: its caption, the lines that make it, and the boxes around them."""

    kind: str  # "figure" or "table"
    number: str
    caption: list[Line]
    lines: list[Line] = field(default_factory=list)


@dataclass
class PageFlow:
    """A page, sorted: running text in reading order, footnotes, floats."""

    page: PageGlyphs
    body: list[Line]
    footnotes: list[Line]
    floats: list[Float]
    gutter: float | None = None
    furniture: list[Line] = field(default_factory=list)

    def lines(self) -> list[Line]:
        """Every line of the page, but those of included figures; running text unbroken."""
        floats = [line for item in self.floats for line in (*item.caption, *item.lines)]
        return [*self.body, *self.footnotes, *floats, *self.furniture]


@dataclass(frozen=True)
class Draft:
    """A block whose characters still know their glyphs."""

    kind: BlockKind
    chars: tuple[Placed, ...]
    path: tuple[str, ...]
    lead: int = 0
    label: str = ""  # "figure 4", "table 1" for what belongs to a float
    below: tuple[str, ...] = ()  # what follows the section in the path: caption and branch of a figure
    quote: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        return string(self.chars)

    def block(self, cites: tuple[tuple[int, int, str], ...] = ()) -> Block:
        path = self.path + self.below
        return Block(self.kind, self.text, path, page_starts(self.chars), self.lead, cites, self.quote)
