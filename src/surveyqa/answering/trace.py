"""What happened on the way to an answer, for `--trace FILE`: one JSON object per question and line.

    {"question", "started", "stages": [{"stage", "ms", ...}], "verdicts": [...], "answer": {...}}

Stages note themselves with `note`, which does nothing unless a trace is being taken. Times are
milliseconds since the question came; `started` is UTC and the only clock time. Settings and keys are in no
trace; questions, passages and answers are, so the file is readable by its owner only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from time import perf_counter
from typing import Any

from surveyqa.answering.contract import Answer
from surveyqa.errors import UsageError


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

    def to_dict(self, answer: Answer) -> dict[str, Any]:
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

    def ask(self, question: str, ask: Callable[[], Answer]) -> Answer:
        """The answer of `ask`, traced."""
        with recording(question) as record:
            answer = ask()
        self._file.write(json.dumps(record.to_dict(answer), ensure_ascii=False, default=str) + "\n")
        self._file.flush()
        return answer
