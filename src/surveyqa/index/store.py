"""Nearest vectors: Chroma in the folder of a generation, or on a server that several machines share.

Chroma says which chunks are near; how near they are is always computed from the vectors themselves. In a
folder it is a cache: where it cannot be opened (another version of it, a read-only disk, damage) every
vector is compared instead, which gives the same answers more slowly.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding.encoders import Vectors
from surveyqa.embedding.vectors import Progress
from surveyqa.index.chunks import Chunk

COLLECTION = "chunks"
STEP = 500  # chunks in one request
EXACT = 8_000  # chunks up to which the graph is searched whole: 4 ms
LARGE = 20_000  # chunks from which the graph is built with a narrower beam

log = logging.getLogger("surveyqa.store")


class Store(Protocol):
    """What finds vectors."""

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[int, float]]:
        """(chunk position, cosine) of about the `n` nearest, in no promised order."""

    def cosines(self, positions: Sequence[int], vector: NDArray[np.float32]) -> list[float]:
        """Cosine of each of the chunks at `positions`."""

    def close(self) -> None: ...


def cosines_of(vectors: Vectors, vector: NDArray[np.float32]) -> list[float]:
    """Cosine of each; in double precision, so that the last digit does not depend on how many are computed
    together."""
    return [float(s) for s in vectors.astype(np.float64) @ vector.astype(np.float64)]


def hnsw(n: int) -> dict[str, Any]:
    """Settings of the graph for `n` vectors.

    Answers must not depend on the order in which chunks came in. Small graphs are searched whole: with a beam
    of 400, a thousandth of the nearest 50 of 1,200 was missed, another one after each build. One write to the
    disk at the end, not one per thousand vectors.
    """
    wide = n < LARGE
    beam = 400 if wide else 200
    return {
        "space": "cosine",
        "ef_construction": 400 if wide else 128,
        "ef_search": max(n, beam) if n <= EXACT else beam,
        "max_neighbors": 32 if wide else 16,
        "sync_threshold": max(2, n),
        "batch_size": max(2, min(100, n)),
    }


def _records(chunks: Sequence[Chunk], at: int) -> dict[str, Any]:
    return {
        "ids": [c.id for c in chunks],
        "documents": [c.text for c in chunks],
        "metadatas": [
            {"n": at + i, "document": c.document, "kind": c.kind, "section": c.section or ""}
            for i, c in enumerate(chunks)
        ],
    }


def fill(collection: Any, chunks: Sequence[Chunk], vectors: Vectors, progress: Progress) -> None:
    """Put chunks and their vectors into a Chroma collection."""
    for at in range(0, len(chunks), STEP):
        part = chunks[at : at + STEP]
        collection.add(embeddings=np.asarray(vectors[at : at + STEP]), **_records(part, at))
        progress("writing the vector store", at + len(part), len(chunks))


# ------------------------------------------------------------------------------------------ in a folder


def write_folder(folder: Path, chunks: Sequence[Chunk], vectors: Vectors, progress: Progress) -> None:
    """Fill a Chroma database in `folder`."""
    client = persistent_client(folder)
    try:
        collection = client.create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": hnsw(len(chunks))}
        )
        fill(collection, chunks, vectors, progress)
    finally:
        client.close()


class FolderStore:
    """Vectors of one generation: the array itself, and Chroma beside it to find the nearest."""

    def __init__(
        self, folder: Path, vectors: Vectors, position: Mapping[str, int], *, sound: bool = True
    ) -> None:
        """sound: whether Chroma's files are what the build wrote; they are not opened otherwise."""
        self._folder = folder
        self._vectors = vectors
        self._position = position
        self._collection: Collection | None = None
        self.trouble = "" if sound else "its files were changed"

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[int, float]]:
        n = min(n, len(self._position))
        near = self._from_chroma(vector, n) if not self.trouble else None
        if near is None:
            scores = self._vectors @ vector
            near = [int(i) for i in np.argpartition(-scores, n - 1)[:n]]
        return list(zip(near, self.cosines(near, vector), strict=True))

    def _from_chroma(self, vector: NDArray[np.float32], n: int) -> list[int] | None:
        """Positions of the nearest, None (and `trouble` says why) where Chroma cannot tell."""
        try:
            near = [self._position[i] for i in self._open().nearest_ids(vector, n) if i in self._position]
            if len(near) == n:
                return near
            self.trouble = f"it gave {len(near)} of {n}"
        except Exception as error:  # chromadb raises kinds of its own, by version
            self.trouble = f"{type(error).__name__}: {str(error)[:120]}"
        log.warning(
            "Chroma cannot be used, every vector is compared",
            extra={"why": self.trouble, "folder": str(self._folder)},
        )
        return None

    def cosines(self, positions: Sequence[int], vector: NDArray[np.float32]) -> list[float]:
        return cosines_of(self._vectors[list(positions)], vector)

    def close(self) -> None:
        if self._collection is not None:
            self._collection.close()
            self._collection = None

    @property
    def way(self) -> str:
        """How Chroma is asked: through its core, or its client."""
        return self._open().way

    def _open(self) -> Collection:
        if self._collection is None:
            self._collection = open_collection(self._folder, COLLECTION)
        return self._collection


TESTED = ("1.5",)  # versions of chromadb whose bindings were compared with the client
TENANT, DATABASE = "default_tenant", "default_database"
OPEN_FILES = 64  # graphs that may be open at once: one collection needs one

log = logging.getLogger("surveyqa.store")


class Collection(Protocol):
    """A collection in a folder. `way`: how it is asked, for `surveyqa doctor`."""

    way: str

    def nearest_ids(self, vector: NDArray[np.float32], n: int) -> list[str]:
        """Ids of the `n` nearest vectors. Raises whatever Chroma raises."""

    def close(self) -> None: ...


class CoreCollection:
    """A collection asked through the bindings. Raises whatever they raise."""

    way = "core"

    def __init__(self, folder: Path, name: str) -> None:
        import chromadb_rust_bindings as core

        config = core.SqliteDBConfig(
            hash_type=core.MigrationHash.MD5,
            migration_mode=core.MigrationMode.Apply,
            url=str(folder / "chroma.sqlite3"),
        )
        self._bindings = core.Bindings(
            allow_reset=False,
            sqlite_db_config=config,
            persist_path=str(folder),
            hnsw_cache_size=OPEN_FILES,
        )
        self._id = str(self._bindings.get_collection(name, TENANT, DATABASE).id)

    def nearest_ids(self, vector: NDArray[np.float32], n: int) -> list[str]:
        found = self._bindings.query(self._id, None, [vector], n, None, None, ["distances"], TENANT, DATABASE)
        ids: list[str] = found.ids[0]
        return ids

    def close(self) -> None:
        del self._bindings


class ClientCollection:
    """A collection asked through Chroma's own client."""

    way = "client"

    def __init__(self, folder: Path, name: str) -> None:
        self._client = persistent_client(folder)
        self._collection = self._client.get_collection(name, embedding_function=None)

    def nearest_ids(self, vector: NDArray[np.float32], n: int) -> list[str]:
        found = self._collection.query(query_embeddings=[vector], n_results=n, include=["distances"])
        ids: Sequence[str] = found["ids"][0]
        return list(ids)

    def close(self) -> None:
        self._client.close()


def persistent_client(folder: Path) -> Any:
    """Chroma's client on a folder, without telemetry."""
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb

    return chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))


def open_collection(folder: Path, name: str) -> Collection:
    """The collection `name` of a folder, through the core where this version of it is known.

    Raises whatever Chroma raises where it cannot be opened at all.
    """
    from importlib.metadata import version

    if version("chromadb").startswith(tuple(f"{tested}." for tested in TESTED)):
        try:
            return CoreCollection(folder, name)
        except Exception as error:  # the bindings raise kinds of their own; the client says what is wrong
            log.info("Chroma's core cannot be used", extra={"why": f"{type(error).__name__}: {error}"})
    return ClientCollection(folder, name)
