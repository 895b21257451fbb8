"""Read any PDF as a reader sees it, safely: each is read by a process of its own, bounded in time and memory.

A PDF can be cut short, huge, or made to hurt. What goes wrong with one is said in one line and costs that
PDF only. `page_image` and `quote_boxes` show a page of a PDF that was read before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from surveyqa.documents import Document, DocumentKind
from surveyqa.documents.bibliography import link_references
from surveyqa.errors import DocumentError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["link_references", "page_image", "page_texts", "quote_boxes", "read_pdf"]

PAGE_SECONDS = 8.0  # a page that takes longer is left out
LAST_SECONDS = 120.0  # for what follows the last page: putting the lines of all pages together
MEMORY = 1 << 30  # bytes of address space of the reading process
RETRIES = 3  # pages that may fail before the PDF is given up
Progress = Callable[[int, int], None]  # (pages read, pages in all)
FractionBox = tuple[float, float, float, float]  # left, top, right, bottom as fractions of the page


def read_pdf(
    path: str | Path,
    *,
    key: str = "survey",
    kind: DocumentKind = "survey",
    title: str | None = None,
    authors: str | None = None,
    year: int | None = None,
    progress: Progress | None = None,
) -> Document:
    """Read the PDF at `path` into blocks in reading order, with its bibliography.

    title, authors, year: as given, else guessed from the PDF. Pages that cannot be read, or have no text,
    are named in `Document.warnings`. Raises DocumentError if there is nothing to read: no file, no PDF,
    encrypted, no text at all.
    """
    from surveyqa.documents.worker import load

    request = {"key": key, "kind": kind, "title": title, "authors": authors, "year": year}
    return load(_run(Path(path), "document", request, progress))


def page_texts(path: str | Path) -> tuple[str, ...]:
    """The text that a reader sees on each page, line by line: what quotes are compared with.

    Included figures are left out: their labels are no text, and some hide what is cut from sight.
    """
    return tuple(_run(Path(path), "texts", {}, None))


def page_image(path: str | Path, page: int, scale: float = 1.5) -> Image:
    """Page `page` (1-based) as a picture; scale 1 is 72 pixels an inch."""
    from surveyqa.documents.reader import open_pdf

    pdf = open_pdf(Path(path))
    try:
        if not 1 <= page <= len(pdf):
            raise DocumentError(
                f"'{Path(path).name}' has {len(pdf)} pages, not {page} - ask for one of these"
            )
        width, height = pdf[page - 1].get_size()
        scale = min(scale, 4000 / max(width, height, 1))  # a page can claim to be a wall
        image: Image = pdf[page - 1].render(scale=scale).to_pil()
        return image
    finally:
        pdf.close()


def quote_boxes(path: str | Path, page: int, quote: str) -> list[FractionBox]:
    """Where `quote` stands on `page` (1-based): a box per line. Empty if it does not stand there.

    Compared on letters and digits. Of a quote that runs over a page break, the part on `page` is found.
    """
    from surveyqa.documents.show import boxes_of

    return boxes_of(Path(path), page, quote)


def _run(path: Path, what: str, request: dict[str, Any], progress: Progress | None) -> Any:
    """Ask a reading process; if it dies or hangs at a page, ask another that leaves out that page."""
    skip: list[int] = []
    while True:
        answer, page, reason = _ask(
            path, {**request, "what": what, "path": str(path), "skip": skip}, progress
        )
        if reason is None:
            return answer
        if page is None or page in skip or len(skip) >= RETRIES:
            where = f" at page {page}" if page else ""
            raise DocumentError(
                f"Reading '{path.name}' {reason}{where} - leave it out, or print it to a new PDF"
            )
        skip.append(page)


def _ask(
    path: Path, request: dict[str, Any], progress: Progress | None
) -> tuple[Any, int | None, str | None]:
    """(answer, last page begun, what went wrong or None)."""
    command = [sys.executable, "-m", "surveyqa.documents.worker"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        lines: Queue[bytes] = Queue()
        threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
        try:
            process.stdin.write(json.dumps(request).encode())
            process.stdin.close()
            return _listen(path, lines, progress)
        except BrokenPipeError:
            return None, None, "could not begin"
        finally:
            process.kill()


def _pump(stream: Any, lines: Queue[bytes]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _listen(path: Path, lines: Queue[bytes], progress: Progress | None) -> tuple[Any, int | None, str | None]:
    page: int | None = None
    wait = 3 * PAGE_SECONDS  # to begin: starting the process, opening the file
    while True:
        try:
            line = lines.get(timeout=wait)
        except Empty:
            return None, page, f"took more than {wait:.0f} s"
        if not line:
            return None, page, "broke off"
        try:
            message = json.loads(line)
        except ValueError:
            return None, page, "broke off"
        if "error" in message:
            raise DocumentError(message["error"])
        if "answer" in message:
            return message["answer"], page, None
        page, count = message["page"], message["of"]
        wait = PAGE_SECONDS if page < count else LAST_SECONDS
        if progress is not None:
            progress(page, count)
