"""Structured logs: one JSON object per line on stderr, for `SURVEYQA_LOG=info` (or debug, warning, error).

    {"time": UTC, "level": "INFO", "logger": "surveyqa.build", "event": "built", "generation": ..., ...}

The library logs events with fields and never configures logging; only the command line calls `configure`.
No question, answer, key or token is logged.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from surveyqa.errors import UsageError

LEVELS = ("debug", "info", "warning", "error")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


T = TypeVar("T")


class JsonLines(logging.Formatter):
    """One object per event; `secrets` are masked wherever they occur."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = [s for s in secrets if len(s) > 3]

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        row = {"time": time, "level": record.levelname, "logger": record.name, "event": record.getMessage()}
        row |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[0]:
            row["error"] = f"{record.exc_info[0].__name__}: {record.exc_info[1]}"
        text = json.dumps(row, ensure_ascii=False, default=str)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def configure(env: Mapping[str, str]) -> None:
    """Log to stderr where SURVEYQA_LOG names a level; be silent otherwise."""
    logger = logging.getLogger("surveyqa")
    for handler in [h for h in logger.handlers if isinstance(h.formatter, JsonLines)]:
        logger.removeHandler(handler)
    level = env.get("SURVEYQA_LOG", "").lower()
    if not level:
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        return
    if level not in LEVELS:
        raise UsageError(f"SURVEYQA_LOG={level}: give one of {', '.join(LEVELS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines([value for key, value in env.items() if key.endswith(("_KEY", "_TOKEN")) and value])
    )
    logger.addHandler(handler)
    logger.setLevel(level.upper())


@dataclass
class Record:
    """The stages of one question so far."""

    question: str
    started: str = field(
        default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    )
    stages: list[dict[str, Any]] = field(default_factory=list)
    _begin: float = field(default_factory=perf_counter)

    def add(self, stage: str, data: Mapping[str, Any]) -> None:
        self.stages.append({"stage": stage, "ms": round((perf_counter() - self._begin) * 1000, 2), **data})

    def to_dict(self, answer: Any) -> dict[str, Any]:
        """One line of the file."""
        verdicts = [
            {"sentence": s.text, "check": s.check, "citations": s.citations} for s in answer.sentences
        ]
        return {
            "question": self.question,
            "started": self.started,
            "stages": self.stages,
            "verdicts": verdicts,
            "answer": answer.to_dict(),
        }


_record: ContextVar[Record | None] = ContextVar("record", default=None)


def note(stage: str, data: Callable[[], Mapping[str, Any]]) -> None:
    """Note a stage; `data` is called only where a trace is being taken."""
    record = _record.get()
    if record is not None:
        record.add(stage, data())


@contextmanager
def recording(question: str) -> Iterator[Record]:
    """Take a trace of what runs inside."""
    record = Record(question)
    token = _record.set(record)
    try:
        yield record
    finally:
        _record.reset(token)


class TraceFile:
    """Appends one line per question; made before the first question, so that a bad path is told at once."""

    def __init__(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageError(f"--trace {path}: cannot be written ({error.strerror})") from error
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")

    def ask(self, question: str, ask: Callable[[], T]) -> T:
        """The answer of `ask`, traced."""
        with recording(question) as record:
            answer = ask()
        self._file.write(json.dumps(record.to_dict(answer), ensure_ascii=False, default=str) + "\n")
        self._file.flush()
        return answer
