"""The survey's pages as images, and where on them a quote stands."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 as fractions of the page, from its top left corner

SCALE = 2.0  # pixels per point: 1224 x 1584 for US letter
_pdfium = Lock()  # pdfium may be used by one thread at a time


class Pages:
    """Page images and quote rectangles of one PDF, which may be absent, or replaced while we run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def version(self) -> str | None:
        """A word that changes with the file; None without one."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"

    @property
    def count(self) -> int:
        return _count(self.path, self.version) if self.version else 0

    def png(self, page: int) -> bytes:
        """The page (from 1) as PNG. Raises DocumentError where there is no such page."""
        return _png(self.path, self.version, page)

    def boxes(self, page: int, quote: str) -> tuple[Box, ...]:
        """A rectangle per line of the quote, as far as it stands on this page; () where it does not."""
        return _boxes(self.path, self.version, page, quote) if self.version and quote.strip() else ()


@lru_cache(maxsize=4)
def _count(path: Path, version: str) -> int:
    import pypdfium2

    with _pdfium:
        pdf = pypdfium2.PdfDocument(str(path))
        try:
            return len(pdf)
        finally:
            pdf.close()


@lru_cache(maxsize=24)  # about 0.3 MB each
def _png(path: Path, version: str | None, page: int) -> bytes:
    from surveyqa.documents.pdf import page_image

    out = BytesIO()
    with _pdfium:
        page_image(path, page, SCALE).save(out, "PNG", optimize=False)
    return out.getvalue()


@lru_cache(maxsize=512)
def _boxes(path: Path, version: str, page: int, quote: str) -> tuple[Box, ...]:
    from surveyqa.documents.pdf import quote_boxes

    with _pdfium:
        return tuple(quote_boxes(path, page, quote))
