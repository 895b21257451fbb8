"""Ticks and crosses: fonts of icons draw them under codes that mean other letters."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from surveyqa.documents.glyphs import PageGlyphs

_FONTS = re.compile(r"awesome|dingbat|pifont|marvosym|wasy|bbding|symbol", re.I)
_NAMES = {
    **dict.fromkeys(("check", "checkmark", "check-circle", "check-square", "checkbold", "a19", "a20"), "✓"),
    **dict.fromkeys(("times", "times-circle", "times-square", "xmark", "cross", "a23", "a24"), "✗"),
}


class Icons:
    """Gives the glyphs of icon fonts their meaning, by the names that the PDF's fonts give them.

    pdfium does not tell a glyph's name, so pypdf is asked, and only if a page has such a font.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._reader: Any = None
        self._useless = False  # pypdf cannot open the file: not to be tried on each page

    def drawn(self, page: PageGlyphs) -> PageGlyphs:
        if not any(_FONTS.search(glyph.font) for glyph in page.glyphs):
            return page
        names = self._names(page.number)
        return replace(
            page,
            glyphs=tuple(
                glyph._replace(char=names.get((glyph.font, glyph.char), glyph.char)) for glyph in page.glyphs
            ),
        )

    def _names(self, number: int) -> dict[tuple[str, str], str]:
        """(font, character as pdfium tells it, which is the code) -> the icon."""
        if self._useless:
            return {}
        try:
            if self._reader is None:
                from pypdf import PdfReader

                self._useless = True
                self._reader = PdfReader(self._path)
                self._useless = False
            fonts = self._reader.pages[number - 1]["/Resources"]["/Font"]
            found = {}
            for font in (value.get_object() for value in fonts.values()):
                name = str(font.get("/BaseFont", "")).lstrip("/").split("+")[-1]
                if not _FONTS.search(name):
                    continue
                code = 0
                for entry in font["/Encoding"].get_object().get("/Differences", []):
                    if isinstance(entry, int):
                        code = int(entry)
                        continue
                    icon = _NAMES.get(str(entry).lstrip("/").lower())
                    if icon is not None:
                        found[name, chr(code)] = icon
                    code += 1
            return found
        except Exception:  # a font that says nothing, or a PDF that pypdf cannot read: no meaning to give
            return {}
