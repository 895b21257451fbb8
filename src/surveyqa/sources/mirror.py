"""The originals from a mirror: a folder with `survey.pdf`, `paper-list.md` and `abstracts.jsonl`."""

from __future__ import annotations

from pathlib import Path

from surveyqa.errors import SourceError
from surveyqa.sources.files import FILES, LIST, ReadList, Synced, check, replace
from surveyqa.sources.record import Item, Record, folder_lock
from surveyqa.text.hashing import file_hash


def sync_from(
    mirror: Path, downloads: Path, title: str, read_list: ReadList | None = None
) -> tuple[Synced, ...]:
    """Copy a mirror's files. Raises SourceError, before anything is replaced, where one is not right.

    title: of the survey. read_list: reads the paper list, as a closer check of it.
    """
    if not mirror.is_dir():
        raise SourceError(
            f"{mirror} is not a folder. Name one that holds {', '.join(FILES)}: surveyqa sync --from DIR"
        )
    for name in FILES:
        check(_readable(mirror / name), title)
    if read_list and not read_list((mirror / LIST).read_text(encoding="utf-8")):
        raise SourceError(f"{mirror / LIST} holds no entries. Fetch the paper list again.")
    with folder_lock(downloads):
        record = Record.load(downloads)
        return tuple(_take(mirror / name, downloads / name, record) for name in FILES)


def _readable(path: Path) -> Path:
    if path.exists() and not path.is_file():  # a pipe or a device never ends
        raise SourceError(f"{path} is no file. A mirror folder holds {', '.join(FILES)}.")
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise SourceError(
            f"cannot read {path} ({error.strerror}). A mirror folder holds {', '.join(FILES)}."
        ) from error
    return path


def _take(source: Path, target: Path, record: Record) -> Synced:
    digest = file_hash(source)
    changed = not target.is_file() or file_hash(target) != digest
    if changed:
        replace(target, source.read_bytes())
        record.put(target.name, Item.made(digest, str(source)))
    return Synced(target.name, digest, target.stat().st_size, changed)
