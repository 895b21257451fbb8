"""Structured logs: one JSON object per line on stderr, for `SURVEYQA_LOG=info` (or debug, warning, error).

    {"time": UTC, "level": "INFO", "logger": "surveyqa.build", "event": "built", "generation": ..., ...}

The library logs events with fields and never configures logging; only the command line calls `configure`.
No question, answer, key or token is logged.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from surveyqa.errors import UsageError

LEVELS = ("debug", "info", "warning", "error")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


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
