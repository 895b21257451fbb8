"""Thumbs, kept on this machine: one JSON object a line."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock

from surveyqa.chat.conversation import Turn

_writing = Lock()


def note_thumb(path: Path, turn: Turn, up: bool) -> None:
    """Append what was asked, what was answered, and the thumb."""
    answer = turn["a"]
    row = {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "up": up,
        "question": turn["q"],
        "status": answer.get("status"),
        "answer": answer["answer"],
        "sources": [s.get("chunk") for s in answer["sources"]],
        "engine": answer.get("engine"),
    }
    with _writing, path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
