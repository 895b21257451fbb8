"""The assistant that is in use: one index in memory, replaced when `index/CURRENT` names another."""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from typing import Any

from surveyqa.errors import SurveyQAError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What a reader may set for their own questions."""

    sources: int
    llm: bool


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

    def with_choices(self, choices: Choices) -> Any:
        """The same index under the reader's own settings; an LLM can be left out but not brought in."""
        self.warm_up()
        self._warm.wait()
        assistant = self.assistant
        settings = assistant.settings
        wanted = replace(
            settings, sources=max(1, min(20, choices.sources)), llm=settings.llm if choices.llm else "none"
        )
        if wanted == settings:
            return assistant
        own = copy(assistant)  # shares the index, the catalogue and what was worked out from them
        own.settings = wanted
        if wanted.llm == "none":
            own.model = None
        return own

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
