"""What a glyph is a link to: an entry of the bibliography, or an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from surveyqa.documents.glyphs import Glyph, Link, PageGlyphs
from surveyqa.documents.text import Placed

_BETWEEN = 3  # characters; "Hu et al." and "2022" are two links and one citation


class Links:
    """The links of all pages, by the glyphs that they cover."""

    def __init__(self, pages: Iterable[PageGlyphs], places: Mapping[tuple[int, int, int], str]) -> None:
        self._rows: dict[tuple[int, int], list[Link]] = {}
        self._places = places
        for page in pages:
            for link in page.links:
                low, high = int(link.box[1]), int(link.box[3])
                for row in range(low, min(high, low + 100) + 1):
                    self._rows.setdefault((page.number, row), []).append(link)

    def at(self, page: int, glyph: Glyph) -> Link | None:
        x, y = (glyph.x0 + glyph.x1) / 2, glyph.y + 0.3 * glyph.size
        for link in self._rows.get((page, int(y)), ()):
            if link.box[0] <= x <= link.box[2] and link.box[1] <= y <= link.box[3]:
                return link
        return None

    def uri(self, page: int, glyph: Glyph) -> str | None:
        link = self.at(page, glyph)
        return link.uri if link is not None else None

    def name(self, link: Link) -> str | None:
        """The name of the place that `link` leads to ("cite.li2021prefix"), if it has one."""
        if link.page is None:
            return None
        for dx in (0, -1, 1):
            for dy in (0, -1, 1):
                name = self._places.get((link.page, round(link.x) + dx, round(link.y) + dy))
                if name is not None:
                    return name
        return None

    def cites(self, chars: Sequence[Placed], keys: Mapping[str, str]) -> tuple[tuple[int, int, str], ...]:
        """(start, end, key) of the citations in `chars`; `keys`: name of a place -> key of the reference."""
        found: list[tuple[int, int, str]] = []
        for offset, item in enumerate(chars):
            link = self.at(item.page, item.glyph) if item.glyph is not None else None
            key = keys.get(self.name(link) or "") if link is not None else None
            if key is None:
                continue
            if found and found[-1][2] == key and offset - found[-1][1] <= _BETWEEN:
                found[-1] = (found[-1][0], offset + 1, key)
            else:
                found.append((offset, offset + 1, key))
        return tuple(_trimmed(chars, *cite) for cite in found)


def _trimmed(chars: Sequence[Placed], start: int, end: int, key: str) -> tuple[int, int, str]:
    """Without the brackets around it that the box of a link may touch, but with that of "Hu (2023)"."""
    while end > start + 1 and chars[end - 1].char in ",; ":
        end -= 1
    while start < end - 1 and chars[start].char in "(,; ":
        start += 1
    text = "".join(item.char for item in chars[start:end])
    if text.endswith(")") and "(" not in text:
        end -= 1
    elif text.count("(") > text.count(")") and end < len(chars) and chars[end].char == ")":
        end += 1
    return start, end, key
