"""Where a quote stands on its page."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from pathlib import Path

from surveyqa.documents.flow import sort_pages
from surveyqa.documents.glyphs import Glyph, PageGlyphs, read_page
from surveyqa.documents.layout import Line
from surveyqa.documents.reader import open_pdf
from surveyqa.errors import DocumentError

_LEAST = 20  # letters of a quote that must stand on the page in one piece, if not all do


def boxes_of(path: Path, page: int, quote: str) -> list[tuple[float, float, float, float]]:
    """See `pdf.quote_boxes`."""
    pdf = open_pdf(path)
    try:
        if not 1 <= page <= len(pdf):
            raise DocumentError(f"'{path.name}' has {len(pdf)} pages, not {page} - ask for one of these")
        read = read_page(pdf, pdf[page - 1], page)
    finally:
        pdf.close()
    letters: list[tuple[str, Line, Glyph]] = []
    for line in sort_pages([read])[0].lines():
        for char, glyph in line.chars:
            if glyph is not None:
                letters += [(letter, line, glyph) for letter in _letters(char)]
    start, end = _find("".join(letter for letter, _, _ in letters), _letters(quote))
    boxes: dict[int, list[Glyph]] = {}
    for _, line, glyph in letters[start:end]:
        boxes.setdefault(id(line), []).append(glyph)
    return [_box(glyphs, read) for glyphs in boxes.values()]


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _find(page: str, quote: str) -> tuple[int, int]:
    """(start, end) of `quote` in `page`, else of its longest part there, else (0, 0)."""
    if not quote:
        return 0, 0
    at = page.find(quote)
    if at >= 0:
        return at, at + len(quote)
    match = SequenceMatcher(None, page, quote, autojunk=False).find_longest_match()
    return (match.a, match.a + match.size) if match.size >= _LEAST else (0, 0)


def _box(glyphs: list[Glyph], page: PageGlyphs) -> tuple[float, float, float, float]:
    low = min(glyph.y - 0.25 * glyph.size for glyph in glyphs)
    high = max(glyph.y + 0.8 * glyph.size for glyph in glyphs)
    left, right = min(glyph.x0 for glyph in glyphs), max(glyph.x1 for glyph in glyphs)
    return (
        max(0.0, left / page.width),
        max(0.0, 1 - high / page.height),
        min(1.0, right / page.width),
        min(1.0, 1 - low / page.height),
    )
