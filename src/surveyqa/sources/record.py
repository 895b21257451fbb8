"""`lock.json`: what each file and abstract is, where it came from and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from surveyqa.errors import SourceError
from surveyqa.sources.files import replace, sweep
from surveyqa.text.hashing import file_hash

NAME = "lock.json"
SCHEMA = 1


@dataclass(frozen=True)
class Item:
    """sha256: of the file, or of an abstract's text; source: address or path; date: UTC, ISO 8601;
    etag, modified: for asking again; commit: of the list."""

    sha256: str
    source: str
    date: str | None = None
    etag: str | None = None
    modified: str | None = None
    commit: str | None = None

    @classmethod
    def made(
        cls,
        sha256: str,
        source: str,
        etag: str | None = None,
        modified: str | None = None,
        commit: str | None = None,
    ) -> Item:
        """An item of this moment."""
        return cls(
            sha256, source, datetime.now(timezone.utc).isoformat(timespec="seconds"), etag, modified, commit
        )


class Record:
    """The items of a downloads folder by name: a file's, or 'abstract:' and the paper's key."""

    def __init__(self, folder: Path, items: dict[str, Item]) -> None:
        self.folder = folder
        self.items = items

    @classmethod
    def load(cls, folder: Path) -> Record:
        """The record of `folder`; an empty one where none can be read: then all is fetched anew."""
        try:
            rows = json.loads((folder / NAME).read_text(encoding="utf-8"))["items"]
            return cls(folder, {name: Item(**row) for name, row in rows.items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(folder, {})

    def of(self, name: str) -> Item | None:
        """The item of a file, if the file is still the one that was recorded."""
        item, path = self.items.get(name), self.folder / name
        return item if item and path.is_file() and file_hash(path) == item.sha256 else None

    def put(self, name: str, item: Item) -> None:
        self.items[name] = item
        self.save()

    def save(self) -> None:
        rows = {
            name: {k: v for k, v in asdict(item).items() if v} for name, item in sorted(self.items.items())
        }
        text = json.dumps({"schema": SCHEMA, "items": rows}, ensure_ascii=False, indent=1)
        replace(self.folder / NAME, text.encode() + b"\n")


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """`folder`, made if it is missing, for this process alone. Raises SourceError where that fails."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            sweep(folder)
            yield
    except Timeout as error:
        raise SourceError(
            f"another surveyqa is fetching into {folder}. Wait for it, then try again."
        ) from error
    except OSError as error:
        raise SourceError(
            f"cannot write to {folder} ({error.strerror}). Set SURVEYQA_HOME to a folder that can be written."
        ) from error
