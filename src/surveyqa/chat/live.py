"""What a server keeps in memory: the assistant of the current generation, the answers it gave last, and
images of the pages that were looked at."""

from __future__ import annotations

import json
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from typing import Any

from surveyqa.errors import SurveyQAError

log = logging.getLogger(__name__)

ANSWERS = 2000  # that are kept
BYTES = 64 * 1024 * 1024  # of their JSON
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 as fractions of the page, from its top left corner

SCALE = 2.0  # pixels per point: 1224 x 1584 for US letter
IMAGES = 24  # kept, about 0.3 MB each
QUOTES = 512  # whose boxes are kept


@dataclass(frozen=True)
class Turn:
    """A question and its answer, as `Answer.to_dict` gives it; more: verified questions that follow."""

    question: str
    history: tuple[str, ...]
    answer: dict[str, Any]
    more: list[str] = field(default_factory=list)


class Issued:
    """The latest answers by the ids that we gave them: what is shown again is looked up here, never taken
    from what a browser sends. An id that was forgotten is answered anew from its question."""

    def __init__(self, most: int = ANSWERS, most_bytes: int = BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._turns: OrderedDict[str, tuple[Turn, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def keep(self, turn: Turn) -> str:
        name, size = secrets.token_urlsafe(12), len(json.dumps(turn.answer, ensure_ascii=False))
        with self._lock:
            self._turns[name] = turn, size
            self._bytes += size
            while len(self._turns) > self._most or (self._bytes > self._most_bytes and len(self._turns) > 1):
                self._bytes -= self._turns.popitem(last=False)[1][1]
        return name

    def get(self, name: str) -> Turn | None:
        with self._lock:
            found = self._turns.get(name)
            if found:
                self._turns.move_to_end(name)
        return found[0] if found else None


class Live:
    """Hands out the assistant of the current generation.

    A new generation is opened by the first request that sees it; requests that hold the old one finish on it.
    A generation that cannot be opened leaves the one in use in place.
    """

    def __init__(self, assistant: Any) -> None:
        self._assistant = assistant
        self._marker: Path = assistant.settings.index / "CURRENT"
        self._seen = self._stamp()
        self._lock = Lock()
        self._warming = Lock()  # taken by the first that asks for it, and kept
        self._warm = Event()

    def warm_up(self, after: float = 0.0) -> None:
        """Open the encoder and the store in the background, `after` so many seconds: a second of computing
        that the first page should not wait for. The first question does not wait to begin it."""
        if after:
            timer = Timer(after, self.warm_up)
            timer.daemon = True
            timer.start()
        elif self._warming.acquire(blocking=False):
            Thread(target=self._open_all, daemon=True).start()

    def _open_all(self) -> None:
        try:
            self._assistant.search("warm up", 1)
        except SurveyQAError as error:
            log.error("the index cannot be searched: %s", error)
        finally:
            self._warm.set()

    @property
    def assistant(self) -> Any:
        stamp = self._stamp()
        if stamp and stamp != self._seen and self._lock.acquire(blocking=False):
            try:
                self._follow(stamp)
            finally:
                self._lock.release()
        return self._assistant

    def ready(self) -> Any:
        """The assistant, once it can answer."""
        self.warm_up()
        self._warm.wait()
        return self.assistant

    def _follow(self, stamp: tuple[int, int]) -> None:
        self._seen = stamp
        try:
            name = self._marker.read_text(encoding="utf-8").strip()
            if name != self._assistant.index.manifest.generation:
                fresh = type(self._assistant).open(self._assistant.settings)
                fresh.search("warm up", 1)
                self._assistant = fresh
        except (OSError, SurveyQAError) as error:
            log.warning("the new generation cannot be used, the old one stays: %s", error)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = self._marker.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino


class Pages:
    """Page images and quote rectangles of one PDF, which may be absent, or replaced while we run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pdfium = Lock()  # pdfium may be used by one thread at a time
        self._images: OrderedDict[Hashable, bytes] = OrderedDict()
        self._found: OrderedDict[Hashable, tuple[Box, ...]] = OrderedDict()
        self._counted: OrderedDict[Hashable, int] = OrderedDict()

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
        version = self.version
        return self._kept(self._counted, version, self._count, 1) if version else 0

    def png(self, page: int) -> bytes:
        """The page (from 1) as PNG. Raises DocumentError where there is no such page."""
        found: bytes = self._kept(self._images, (self.version, page), lambda: self._png(page), IMAGES)
        return found

    def boxes(self, page: int, quote: str) -> tuple[Box, ...]:
        """A rectangle per line of the quote, as far as it stands on this page; () where it does not."""
        from surveyqa.documents.pdf import quote_boxes

        version = self.version
        if not version or not quote.strip():
            return ()
        found: tuple[Box, ...] = self._kept(
            self._found,
            (version, page, quote),
            lambda: tuple(quote_boxes(self.path, page, quote)),
            QUOTES,
        )
        return found

    def _kept(
        self, kept: OrderedDict[Hashable, Any], key: Hashable, make: Callable[[], Any], most: int
    ) -> Any:
        with self._pdfium:
            if key not in kept:
                kept[key] = make()
                while len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            return kept[key]

    def _count(self) -> int:
        import pypdfium2

        pdf = pypdfium2.PdfDocument(str(self.path))
        try:
            return len(pdf)
        finally:
            pdf.close()

    def _png(self, page: int) -> bytes:
        from surveyqa.documents.pdf import page_image

        out = BytesIO()
        page_image(self.path, page, SCALE).save(out, "PNG", optimize=False)
        return out.getvalue()
