"""What changed from one generation of the index to another: papers of the list, abstracts, chunks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surveyqa.catalog import Catalog, ListDiff, diff
from surveyqa.errors import IndexError_

Texts = Mapping[str, tuple[str, frozenset[str]]]  # document key: its title, the ids of its chunks


@dataclass(frozen=True)
class State:
    """Of a generation, what is compared: its catalogue and the texts that are indexed."""

    name: str
    catalog: Catalog
    texts: Texts

    @classmethod
    def read(cls, folder: Path, committed: Path) -> State:
        """The state of the generation in `folder`; `committed` has the catalogue of those that keep none.

        Raises IndexError_ where `folder` is no whole generation.
        """
        try:
            titles = {row["key"]: row["title"] for row in _rows(folder / "documents.jsonl")}
            chunks: dict[str, set[str]] = {key: set() for key in titles}
            for row in _rows(folder / "chunks.jsonl"):
                chunks[row["document"]].add(row["id"])
        except (OSError, ValueError, KeyError) as error:
            raise IndexError_(
                f"{folder} is not a whole generation ({error}). Build it again: surveyqa index"
            ) from error
        kept = folder / "catalog"
        catalog = Catalog.load(kept if kept.is_dir() else committed)
        return cls(folder.name, catalog, {key: (titles[key], frozenset(ids)) for key, ids in chunks.items()})


@dataclass(frozen=True)
class Changes:
    """papers: of the list; new, gone, changed: titles of documents (survey, guide, abstracts)."""

    papers: ListDiff
    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.papers or self.new or self.gone or self.changed)


def compare(old: State, new: State) -> Changes:
    """What `new` has that `old` has not, and the other way round."""
    return Changes(
        diff(old.catalog, new.catalog),
        new=tuple(title for key, (title, _) in new.texts.items() if key not in old.texts),
        gone=tuple(title for key, (title, _) in old.texts.items() if key not in new.texts),
        changed=tuple(
            title for key, (title, ids) in new.texts.items() if key in old.texts and old.texts[key][1] != ids
        ),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
