"""What a generation is made of: written last, sealed, and checked at open.

Every file but Chroma's database (which changes when it is opened) is in it with size and hash. Files that
decide what is cited are read whole at each open anyway and are hashed whole; the large arrays, which only
rank, are hashed whole up to `WHOLE` bytes and in samples above; `surveyqa doctor` hashes everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from surveyqa.catalog import Catalog, ListDiff, diff
from surveyqa.errors import IndexError_

SCHEMA = 8
NAME = "manifest.json"
PROBE_FILE = "probe.npy"  # what a served model made of a known sentence: another one behind its name is seen
WHOLE = 64 * 2**20  # bytes of one array that are hashed at each open; 40 ms
SAMPLE, SAMPLES = 2**16, 64  # bytes of a sample, samples of a larger file
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # of a file or folder: neither hidden nor above
CorpusLabel = Literal["survey", "starter"]
REBUILD = "Build it again: surveyqa index"


@dataclass(frozen=True)
class FileState:
    """Size in bytes, sha256 of the whole, and of its samples."""

    size: int
    whole: str
    sampled: str


@dataclass(frozen=True)
class Manifest:
    """generation: the content's name, equal for equal corpus, model and code. collection: on a Chroma server,
    None where the vectors are in the folder. built: UTC, for people only; nothing compares it."""

    generation: str
    schema: int
    corpus: CorpusLabel
    model: str
    model_hash: str
    dimension: int
    chunker: int
    tokenizer: int
    documents: int
    chunks: int
    sentences: int
    built: str
    collection: str | None
    sources: dict[str, str]  # file name: sha256
    files: dict[str, FileState]

    def write(self, folder: Path) -> None:
        """Write manifest.json with its seal, so that a changed one is not believed."""
        (folder / NAME).write_text(self.to_json(), encoding="utf-8")

    def to_json(self) -> str:
        return json.dumps(sealed(asdict(self)), indent=1)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the generation in `folder`. Raises IndexError_ where none of this schema is there."""
    try:
        return parse_manifest((folder / NAME).read_text(encoding="utf-8"), str(folder))
    except (OSError, UnicodeDecodeError) as error:
        raise IndexError_(f"the index in {folder} has no readable manifest. {REBUILD}") from error


def parse_manifest(text: str, where: str) -> Manifest:
    """What `Manifest.to_json` made. Raises IndexError_ for another schema, a broken seal, or nonsense."""
    try:
        row = json.loads(text)
        schema = row["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IndexError_(f"the index in {where} has no readable manifest. {REBUILD}") from error
    if schema != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        cure = "Update surveyqa, or build the index again with this one: surveyqa index" if newer else REBUILD
        raise IndexError_(f"the index in {where} has schema {schema!r}, this version reads {SCHEMA}. {cure}")
    if not unsealed(row):
        raise IndexError_(f"the manifest in {where} was changed after the build. {REBUILD}")
    try:
        row["files"] = {name: FileState(**state) for name, state in row["files"].items()}
        manifest = Manifest(**row)
        # both become paths here, and the manifest may come from a server
        names = (manifest.generation, *(part for file in manifest.files for part in file.split("/")))
        if not all(_PLAIN.fullmatch(name) for name in names):
            raise ValueError("a name that leads elsewhere")
        return manifest
    except (TypeError, AttributeError, ValueError) as error:
        raise IndexError_(f"the manifest in {where} is not one of ours. {REBUILD}") from error


def sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` with a hash of itself under "seal"."""
    return {**row, "seal": _seal(row)}


def unsealed(row: dict[str, Any]) -> bool:
    """Whether the seal of `row`, which is taken off, is right."""
    return bool(row.pop("seal", None) == _seal(row))


def _seal(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def measure(folder: Path) -> dict[str, FileState]:
    """The state of each file of a generation that is being written."""
    return {
        path.relative_to(folder).as_posix(): file_state(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME and not path.name.startswith("chroma.sqlite3")
    }


def file_state(path: Path) -> FileState:
    return FileState(path.stat().st_size, _whole(path), _sampled(path))


def damage(folder: Path, manifest: Manifest, *, thorough: bool = False) -> dict[str, str]:
    """What is wrong, by file name; empty where all is well. thorough: hash large arrays whole too."""
    return {
        name: wrong
        for name, state in manifest.files.items()
        if (wrong := _wrong(folder / name, state, thorough or name.endswith((".json", ".jsonl"))))
    }


def _wrong(path: Path, state: FileState, thorough: bool) -> str:
    try:
        size = path.stat().st_size
        if size != state.size:
            return f"should have {state.size} bytes and has {size}"
        whole = thorough or size <= WHOLE
        same = _whole(path) == state.whole if whole else _sampled(path) == state.sampled
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    return "" if same else "is not what the build wrote"


def _whole(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sampled(path: Path) -> str:
    size = path.stat().st_size
    if size <= SAMPLE * SAMPLES:
        return _whole(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for n in range(SAMPLES):
            file.seek((size - SAMPLE) * n // (SAMPLES - 1))
            digest.update(file.read(SAMPLE))
    return digest.hexdigest()


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
