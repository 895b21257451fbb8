"""The glyphs that a reader sees on a page: character, place, size and face, in the order they are drawn.

pdfium gives positions where other libraries give strings; everything above (lines, columns, tables,
which words a link covers) is decided from the positions, so that no word is glued or torn by guesswork.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

HYPHEN = "\x02"  # pdfium's mark for a hyphen that ends a line
Box = tuple[float, float, float, float]  # left, bottom, right, top; points from the lower left corner

_LIGATURES = {"ff": "ff", "fi": "fi", "fl": "fl", "ffi": "ffi", "ffl": "ffl", "ſt": "st", "st": "st"}
# TeX's font of large delimiters and operators has no Unicode names; the codes are those of its encoding.
_EXTENSION = dict.fromkeys((0x00, 0x10, 0x12, 0x20), "(") | dict.fromkeys((0x01, 0x11, 0x13, 0x21), ")")
_EXTENSION |= dict.fromkeys((0x02, 0x14, 0x22, 0x68), "[") | dict.fromkeys((0x03, 0x15, 0x23, 0x69), "]")
_EXTENSION |= dict.fromkeys((0x08, 0x1A, 0x28, 0x6E), "{") | dict.fromkeys((0x09, 0x1B, 0x29, 0x6F), "}")
_EXTENSION |= {
    0x50: "∑",
    0x58: "∑",
    0x51: "∏",
    0x59: "∏",
    0x52: "∫",
    0x5A: "∫",
    0x70: "√",
    0x71: "√",
    0x0C: "|",
}
_MOST = 50_000  # objects, links or names of a page that are looked at
_WHITE = 250  # of 255, in each colour
_INVISIBLE_MODES = {3, 7}  # text render modes: neither filled nor stroked


class Glyph(NamedTuple):
    """One drawn character; x0, x1, y (of the baseline) and size in points."""

    char: str
    x0: float
    x1: float
    y: float
    size: float
    font: str
    inside: bool = False  # drawn by a form: an included figure, as a rule

    @property
    def bold(self) -> bool:
        return "bold" in self.font.lower() or "black" in self.font.lower() or self.font.endswith(".B")

    @property
    def hangs(self) -> bool:
        """Whether it is one of TeX's large delimiters and operators, which hang below their origin."""
        return "MathExt" in self.font or "CMEX" in self.font

    @property
    def math(self) -> bool:
        """Whether the face is one of TeX's for formulas."""
        name = self.font.upper()
        return "MATH" in name or name.startswith(("CMMI", "CMSY", "CMEX", "MSAM", "MSBM"))


class Link(NamedTuple):
    """A link annotation: its box, and the place in the document or the address that it points to."""

    box: Box
    page: int | None  # 1-based
    x: float
    y: float
    uri: str | None


@dataclass(frozen=True)
class PageGlyphs:
    """A page: its size in points, its upright visible glyphs, and what is drawn around them.

    rules:   boxes of thin horizontal lines (of a table, of a fraction, below a running header);
    shapes:  boxes of all other drawn paths, such as the frames and edges of a tree;
    figures: boxes of included figures and images.
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Box, ...] = ()
    shapes: tuple[Box, ...] = ()
    figures: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    has_image: bool = False


def read_page(document: Any, page: Any, number: int) -> PageGlyphs:
    """Read `page` of `document` (of pypdfium2)."""
    import pypdfium2.raw as raw

    width, height = page.get_size()
    left, bottom, right, top = page.get_bbox()
    drawn = _drawn(page, raw)
    textpage = page.get_textpage()
    try:
        glyphs = _glyphs(textpage.raw, raw, (left, bottom, right, top), drawn)
    finally:
        textpage.close()
    if sum(glyph.inside for glyph in glyphs) > 0.5 * len(glyphs):
        # The page itself is a form (printed through another program, stamped): its text is no figure's.
        glyphs = [glyph._replace(inside=False) for glyph in glyphs]
        drawn.figures = [box for box in drawn.figures if _holds(box, glyphs) < 0.5]
    if _scanned(drawn.pictures, (left, bottom, right, top)):
        drawn.figures = [box for box in drawn.figures if box not in drawn.pictures]
    return PageGlyphs(
        number,
        width,
        height,
        tuple(glyphs),
        tuple(drawn.rules),
        tuple(drawn.shapes),
        tuple(drawn.figures),
        tuple(_links(document, page, raw)),
        bool(drawn.pictures),
    )


def _links(document: Any, page: Any, raw: Any) -> list[Link]:
    found: list[Link] = []
    position, link, rect = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    has = [ctypes.c_int() for _ in range(3)]
    at = [ctypes.c_float() for _ in range(3)]
    while len(found) < _MOST and raw.FPDFLink_Enumerate(page.raw, position, link):
        raw.FPDFLink_GetAnnotRect(link, rect)
        box = (rect.left, rect.bottom, rect.right, rect.top)
        goal = raw.FPDFLink_GetDest(document.raw, link)
        if goal:
            raw.FPDFDest_GetLocationInPage(goal, *has, *at)
            index = raw.FPDFDest_GetDestPageIndex(document.raw, goal)
            found.append(Link(box, index + 1, at[0].value, at[1].value, None))
            continue
        action = raw.FPDFLink_GetAction(link)
        size = raw.FPDFAction_GetURIPath(document.raw, action, None, 0) if action else 0
        if 1 < size < 5000:
            buffer = ctypes.create_string_buffer(size)
            raw.FPDFAction_GetURIPath(document.raw, action, buffer, size)
            found.append(Link(box, None, 0.0, 0.0, buffer.value.decode("utf-8", "replace")))
    return found


def named_places(document: Any) -> dict[tuple[int, int, int], str]:
    """(page, x, y) in whole points -> the name of the destination there ("cite.li2021prefix")."""
    import pypdfium2.raw as raw

    found: dict[tuple[int, int, int], str] = {}
    has = [ctypes.c_int() for _ in range(3)]
    at = [ctypes.c_float() for _ in range(3)]
    for index in range(min(raw.FPDF_CountNamedDests(document.raw), _MOST)):
        size = ctypes.c_long(0)
        raw.FPDF_GetNamedDest(document.raw, index, None, size)
        if not 0 < size.value < 5000:
            continue
        buffer = ctypes.create_string_buffer(size.value)
        goal = raw.FPDF_GetNamedDest(document.raw, index, buffer, size)
        if not goal or size.value <= 0:
            continue
        name = buffer.raw[: size.value].decode("utf-16-le", "replace").rstrip("\0")
        raw.FPDFDest_GetLocationInPage(goal, *has, *at)
        page = raw.FPDFDest_GetDestPageIndex(document.raw, goal) + 1
        place = (page, round(at[0].value), round(at[1].value))
        if place not in found or name.startswith("cite."):
            found[place] = name
    return found


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _holds(box: Box, glyphs: Sequence[Glyph]) -> float:
    """The share of glyphs that stand in a box."""
    inside = sum(box[0] <= g.x0 <= box[2] and box[1] <= g.y <= box[3] for g in glyphs)
    return inside / max(1, len(glyphs))


class _Drawn:
    """What a page draws beside text; `formed`: addresses of the text objects inside forms."""

    def __init__(self) -> None:
        self.formed: set[int] = set()
        self.rules: list[Box] = []
        self.shapes: list[Box] = []
        self.figures: list[Box] = []
        self.dark: list[Box] = []  # what white text can be read on
        self.pictures: list[Box] = []


def _drawn(page: Any, raw: Any) -> _Drawn:
    drawn = _Drawn()
    for count, found in enumerate(page.get_objects(max_depth=3)):
        if count > _MOST:
            break
        if found.type == raw.FPDF_PAGEOBJ_TEXT:
            if found.level > 0:
                drawn.formed.add(ctypes.addressof(found.raw.contents))
            continue
        box = found.get_bounds()
        if found.type == raw.FPDF_PAGEOBJ_IMAGE:
            drawn.pictures.append(box)
            drawn.dark.append(box)
        elif found.type == raw.FPDF_PAGEOBJ_PATH and _filled_dark(found.raw, raw):
            drawn.dark.append(box)
        if found.level > 0:
            continue
        if found.type == raw.FPDF_PAGEOBJ_PATH:
            thin = box[3] - box[1] < 3 and box[2] - box[0] > max(4.0, 3 * (box[3] - box[1]))
            (drawn.rules if thin else drawn.shapes).append(box)
        elif found.type in (raw.FPDF_PAGEOBJ_FORM, raw.FPDF_PAGEOBJ_IMAGE):
            drawn.figures.append(box)
    return drawn


def _scanned(pictures: Sequence[Box], view: Box) -> bool:
    return sum(map(_area, pictures)) > 0.5 * _area(view)  # one picture, or strips of it


def _filled_dark(path: Any, raw: Any) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPath_GetDrawMode(path, mode, stroke) or mode.value == 0:
        return False
    if not raw.FPDFPageObj_GetFillColor(path, red, green, blue, alpha):
        return True  # a pattern or a shading
    return min(red.value, green.value, blue.value) < _WHITE and alpha.value > 25


def _ink(text: Any, index: int, handle: Any, raw: Any) -> str:
    """ "shown", "white" (seen only on something dark) or "hidden"."""
    mode = raw.FPDFTextObj_GetTextRenderMode(text) if text else 0
    if mode in _INVISIBLE_MODES:
        return "hidden"
    if mode == 1:
        return "shown"  # outlines only: the stroke's colour counts
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFText_GetFillColor(handle, index, red, green, blue, alpha):
        return "shown"
    if alpha.value < 10:
        return "hidden"
    return "white" if min(red.value, green.value, blue.value) >= _WHITE else "shown"


def _on_dark(x: float, y: float, dark: Sequence[Box]) -> bool:
    return any(box[0] <= x <= box[2] and box[1] <= y + 1 <= box[3] for box in dark)


def _glyphs(handle: Any, raw: Any, view: Box, drawn: _Drawn) -> list[Glyph]:
    found: list[Glyph] = []
    face, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    x, y = ctypes.c_double(), ctypes.c_double()
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    seen: dict[int, tuple[str, bool]] = {}  # text object -> (ink, inside a form)
    scan = _scanned(drawn.pictures, view)  # text recognised on a scan is laid under or over it unseen
    for index in range(min(raw.FPDFText_CountChars(handle), 4 * _MOST)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code != 2 and (raw.FPDFText_IsGenerated(handle, index) == 1 or code == 0xFFFE):
            continue
        raw.FPDFText_GetMatrix(handle, index, matrix)
        height = abs(matrix.d)  # a font drawn head down is turned up again by its matrix
        if matrix.a <= 0 or height == 0 or abs(matrix.b) + abs(matrix.c) > 0.3 * (matrix.a + height):
            continue  # turned text: the stamp in the margin, an axis label
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        size = raw.FPDFText_GetFontSize(handle, index) * height
        if size < 1.5 or not (view[0] <= x.value < view[2] and view[1] <= y.value < view[3]):
            continue
        owner = raw.FPDFText_GetTextObject(handle, index)
        address = ctypes.addressof(owner.contents) if owner else 0
        if address not in seen:
            seen[address] = (_ink(owner, index, handle, raw), address in drawn.formed)
        ink, inside = seen[address]
        if ink == "hidden" and not scan:
            continue
        if ink == "white" and not _on_dark(x.value, y.value, drawn.dark):
            continue
        raw.FPDFText_GetLooseCharBox(handle, index, loose)
        raw.FPDFText_GetFontInfo(handle, index, face, 128, flags)
        font = face.value.decode("latin-1").split("+")[-1]
        char = chr(code) if code < 0x110000 else "\ufffd"
        char = _EXTENSION.get(code, "") if "MathExt" in font or "CMEX" in font else _LIGATURES.get(char, char)
        if char == "\0":
            continue
        found.append(Glyph(char, x.value, max(loose.right, x.value), y.value, size, font, inside))
    return found
