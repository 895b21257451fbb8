"""Taxonomy figures: framed labels joined by edges, whose leaves list methods with their citations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from surveyqa.documents.drafts import Draft, Float
from surveyqa.documents.glyphs import Box, Glyph, PageGlyphs
from surveyqa.documents.layout import Line, page_lines
from surveyqa.documents.text import Placed, Words, join

_NEAR = 2.0  # points between the end of an edge and the frame it touches
_LARGE = 25  # nodes; a larger branch without lists is told branch by branch


@dataclass
class Node:
    """A framed label, its lines in the order drawn, and the nodes it points to."""

    frame: Box
    lines: list[Line]
    order: int = 0
    children: list[Node] = field(default_factory=list)
    parent: Node | None = None

    @property
    def middle(self) -> float:
        return (self.frame[1] + self.frame[3]) / 2

    @property
    def is_list(self) -> bool:
        """Lists of methods are set in the plain face, names of categories in bold."""
        letters = [g for line in self.lines for g in line.glyphs if g.char.isalpha()]
        return not self.children and sum(g.bold for g in letters) < 0.5 * len(letters)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def leaves(item: Float, page: PageGlyphs, words: Words, path: tuple[str, ...], caption: str) -> list[Draft]:
    """One draft of kind "figure-list" per category that lists methods: its name, then the list as printed.

    Categories without lists are told with all that is below them, one label after the other.
    """
    roots = [node for node in _tree(item, page) if node.parent is None]
    label = f"figure {item.number}"
    drafts = []
    for node in _told([root for root in roots if root.children]):
        chars: list[Placed] = []
        for count, part in enumerate(node.walk()):
            if chars:
                chars += [Placed(char, page.number) for char in (" " if part.is_list or count == 1 else ", ")]
            chars += join(part.lines, words)
        orders = [part.order for part in node.walk()]
        quote = None if orders == sorted(orders) else (0, len(join(node.lines, words)))
        above = []
        up: Node | None = node  # the category's own name is the last of its path
        while up is not None:
            above.append("".join(placed.char for placed in join(up.lines, words)))
            up = up.parent
        drafts.append(
            Draft("figure-list", tuple(chars), path, 0, label, below=(caption, *reversed(above)), quote=quote)
        )
    return drafts


def _told(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        below = list(node.walk())
        lists = [part for part in below if part.is_list]
        if not node.children:
            continue
        if (len(node.children) == 1 and node.children[0].is_list) or (not lists and len(below) <= _LARGE):
            yield node
        else:
            yield from _told(node.children)


def _tree(item: Float, page: PageGlyphs) -> list[Node]:
    """The framed labels of the figure, in the order drawn, joined by the edges between their frames."""
    framed: dict[Box, list[Glyph]] = {}
    for line in item.lines:
        for glyph in line.glyphs:
            around = [box for box in page.shapes if _holds(box, glyph)]
            if around:
                framed.setdefault(min(around, key=_size), []).append(glyph)
    found = [Node(box, page_lines(page, glyphs)) for box, glyphs in framed.items()]
    for order, node in enumerate(found):
        node.order = order
    if len(found) < 3:
        return []
    for edge in (*page.shapes, *page.rules):
        left = [n for n in found if abs(n.frame[2] - edge[0]) < _NEAR and edge not in framed]
        right = [n for n in found if abs(n.frame[0] - edge[2]) < _NEAR and n.parent is None]
        for parent in left:
            for child in right:
                low, high = sorted((parent.middle, child.middle))
                if (
                    abs(low - edge[1]) < 0.5 * _NEAR
                    and abs(high - edge[3]) < 0.5 * _NEAR
                    and child is not parent
                ):
                    child.parent = parent
                    parent.children.append(child)
    for node in found:
        node.children.sort(key=lambda child: -child.middle)
    return found


def _size(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _holds(box: Box, glyph: Glyph) -> bool:
    return box[0] <= (glyph.x0 + glyph.x1) / 2 <= box[2] and box[1] <= glyph.y <= box[3]
