"""Nearest vectors: Chroma in the folder of a generation, or on a server that several machines share.

Chroma says which chunks are near; how near they are is always computed from the vectors themselves. In a
folder it is a cache: where it cannot be opened (another version of it, a read-only disk, damage) every
vector is compared instead, which gives the same answers more slowly.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from surveyqa.errors import IndexError_, StoreError, UsageError
from surveyqa.index.chroma import Collection, open_collection, persistent_client
from surveyqa.index.chunks import Chunk
from surveyqa.index.embed import Vectors
from surveyqa.index.manifest import REBUILD, FileState
from surveyqa.index.vectors import Progress
from surveyqa.settings import Settings

COLLECTION = "chunks"
PREFIX = "surveyqa-"
POINTER = f"{PREFIX}current"
STEP = 500  # chunks in one request
PIECE = 96 * 1024  # bytes of a file in one record on a server
PIECES = 4  # of them in one request: a server indexes what it gets before it answers, and may be busy
KEPT = 2  # generations on a server beside the current one: other machines may have them open
TIMEOUT = 30.0  # seconds for one request to a server
EXACT = 4_000  # chunks up to which the graph is searched whole: 2 ms
LARGE = 20_000  # chunks from which the graph is built with a narrower beam

log = logging.getLogger("surveyqa.store")
T = TypeVar("T")


class Store(Protocol):
    """What finds vectors."""

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[int, float]]:
        """(chunk position, cosine) of about the `n` nearest, in no promised order."""

    def cosines(self, positions: Sequence[int], vector: NDArray[np.float32]) -> list[float]:
        """Cosine of each of the chunks at `positions`."""

    def close(self) -> None: ...


def _cosines(vectors: Vectors, vector: NDArray[np.float32]) -> list[float]:
    """In double precision, so that the last digit does not depend on how many are computed together."""
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


def _fill(collection: Any, chunks: Sequence[Chunk], vectors: Vectors, progress: Progress) -> None:
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
        _fill(collection, chunks, vectors, progress)
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
        return _cosines(self._vectors[list(positions)], vector)

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


# ------------------------------------------------------------------------------------------ on a server


class Server:
    """A Chroma server: one collection of vectors and one of files per generation, and a pointer to the
    current.

    Every failure becomes a StoreError; the connection is made at the first request and again after a failure.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.url = settings.chroma_url or ""
        try:
            parts = urlsplit(self.url)
            port, host = parts.port, parts.hostname
        except ValueError:
            port, host, parts = None, None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.path.strip("/"):
            raise UsageError(
                "SURVEYQA_CHROMA_URL is not understood: give http://HOST:PORT or https://HOST:PORT; "
                "a token goes into SURVEYQA_CHROMA_TOKEN"
            )
        self._tls = parts.scheme == "https"
        self._host, self._port = host, port or (443 if self._tls else 8000)
        self._client: Any = None

    def call(self, work: Callable[[Any], T]) -> T:
        """`work` with the client. Raises StoreError."""
        import chromadb.errors

        try:
            if self._client is None:
                self._client = self._connect()
            return work(self._client)
        except chromadb.errors.NotFoundError as error:
            raise StoreError(
                f"the Chroma server at {self.url} does not have what was asked ({self._masked(error)}). "
                "If its data were lost or replaced, build the index again: surveyqa index"
            ) from error
        except IndexError_:
            raise
        except Exception as error:  # httpx, chromadb and JSON raise kinds of their own
            self._client = None
            raise StoreError(
                f"the Chroma server at {self.url} cannot be used ({self._masked(error)}). Start it "
                "(chroma run --path FOLDER), or correct SURVEYQA_CHROMA_URL; without it the index is in a "
                "folder."
            ) from error

    def _masked(self, error: Exception) -> str:
        text = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        token = self._settings.chroma_token
        return text.replace(token, "***") if token else text

    def _connect(self) -> Any:
        os.environ["ANONYMIZED_TELEMETRY"] = "False"
        import chromadb
        import httpx

        token = self._settings.chroma_token
        # both are in use: Chroma's own header, and the one that proxies know
        headers = {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else {}
        # first a request that ends in time: chromadb's own client, while it is made, would wait for ever
        beat = httpx.get(f"{self.url.rstrip('/')}/api/v2/heartbeat", headers=headers, timeout=TIMEOUT)
        beat.raise_for_status()
        beat.json()
        client = chromadb.HttpClient(
            host=self._host,
            port=self._port,
            ssl=self._tls,
            headers=headers,
            settings=chromadb.Settings(anonymized_telemetry=False),
            tenant=self._settings.chroma_tenant,
            database=self._settings.chroma_database,
        )
        session = getattr(getattr(client, "_server", None), "_session", None)
        if isinstance(session, httpx.Client):
            session.timeout = httpx.Timeout(TIMEOUT)  # chromadb's own is to wait for ever
        return client

    def ping(self) -> str:
        """The server's version."""
        return str(self.call(lambda client: client.get_version()))

    # ---- generations ----

    def current(self) -> str | None:
        """Name of the collection in use; None where none was ever built."""

        def read(client: Any) -> str | None:
            names = {c.name: c for c in client.list_collections()}
            return (names[POINTER].metadata or {}).get("collection") if POINTER in names else None

        return self.call(read)

    def manifest(self, collection: str) -> str:
        """The manifest, as JSON, that goes with a collection. Raises StoreError where it is not whole."""
        metadata = (
            self.call(lambda client: client.get_collection(collection, embedding_function=None)).metadata
            or {}
        )
        if not metadata.get("whole"):
            raise StoreError(f"the collection {collection} at {self.url} is not whole. {REBUILD}")
        return str(metadata.get("manifest"))

    def count(self, collection: str) -> int:
        return int(
            self.call(lambda client: client.get_collection(collection, embedding_function=None).count())
        )

    def new_name(self, generation: str) -> str:
        """A collection name that no other build uses."""
        return f"{PREFIX}{generation}-{uuid.uuid4().hex[:8]}"

    def write(
        self, name: str, home: str, chunks: Sequence[Chunk], vectors: Vectors, progress: Progress
    ) -> None:
        """Fill the collection `name`; it is not whole before `finish`."""

        def fill(client: Any) -> None:
            collection = client.create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": _remote(len(chunks))},
                metadata={"home": home},
            )
            _fill(collection, chunks, vectors, progress)

        self.call(fill)

    def finish(self, name: str, home: str, folder: Path, files: Iterable[str], manifest: str) -> None:
        """Send the generation's files along, mark the collection whole, and make it the current one."""

        def send(client: Any) -> None:
            box = client.create_collection(f"{name}-files", embedding_function=None, metadata={"home": home})
            for file in files:
                data = (folder / file).read_bytes()
                pieces = [data[a : a + PIECE] for a in range(0, max(1, len(data)), PIECE)]
                for at in range(0, len(pieces), PIECES):
                    part = pieces[at : at + PIECES]
                    box.add(
                        ids=[f"{file}#{at + i:06d}" for i in range(len(part))],
                        embeddings=[[1.0, 0.0]] * len(part),
                        documents=[base64.b85encode(piece).decode() for piece in part],
                        metadatas=[{"file": file, "n": at + i} for i in range(len(part))],
                    )
            collection = client.get_collection(name, embedding_function=None)
            collection.modify(metadata={"home": home, "whole": True, "manifest": manifest})

        self.call(send)

    def switch(self, name: str) -> None:
        """Make `name` the collection in use: one change of one record."""

        def point(client: Any) -> None:
            pointer = client.get_or_create_collection(POINTER, embedding_function=None)
            order = [n for n in json.loads((pointer.metadata or {}).get("order", "[]")) if n != name]
            pointer.modify(metadata={"collection": name, "order": json.dumps([name, *order][: KEPT + 1])})

        self.call(point)

    def fetch(self, name: str, files: Mapping[str, FileState], folder: Path) -> None:
        """Write the files of a generation to `folder`, of each no more than it should have.

        Their names were checked with the manifest; their hashes are for the caller to check.
        """

        def get(client: Any) -> None:
            box = client.get_collection(f"{name}-files", embedding_function=None)
            for file, state in files.items():
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                count = max(1, -(-state.size // PIECE))
                with target.open("wb") as out:
                    for at in range(0, count, 20):
                        ids = [f"{file}#{n:06d}" for n in range(at, min(at + 20, count))]
                        found = box.get(ids=ids, include=["documents"])
                        pieces = dict(zip(found["ids"], found["documents"], strict=True))
                        for i in ids:
                            out.write(base64.b85decode(pieces.get(i, ""))[:PIECE])

        self.call(get)

    def sweep(self, home: str) -> None:
        """Remove collections that builds of this `home` left unfinished, and those that nothing points to."""

        def clear(client: Any) -> None:
            collections = {
                c.name: c.metadata or {} for c in client.list_collections() if c.name.startswith(PREFIX)
            }
            pointer = collections.pop(POINTER, {})
            kept = set(json.loads(pointer.get("order", "[]")))
            for name, metadata in collections.items():
                base = name.removesuffix("-files")
                ours = metadata.get("home") == home
                whole = bool(collections.get(base, {}).get("whole"))
                if base not in kept and (ours or whole):
                    client.delete_collection(name)

        self.call(clear)


def _remote(n: int) -> dict[str, Any]:
    return {
        k: v for k, v in hnsw(n).items() if k in ("space", "ef_construction", "ef_search", "max_neighbors")
    }


class ServerStore:
    """Vectors of one generation: a server finds the nearest; how near they are comes from our own copy.

    A server gives back vectors that differ in the last bit, and so would scores, now and then in a digit that
    is shown.
    """

    def __init__(
        self, server: Server, collection: str, vectors: Vectors, position: Mapping[str, int]
    ) -> None:
        self._server = server
        self._name = collection
        self._vectors = vectors
        self._position = position

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[int, float]]:
        n = min(n, len(self._position))
        found = self._server.call(
            lambda client: client.get_collection(self._name, embedding_function=None).query(
                query_embeddings=[vector], n_results=n, include=["distances"]
            )
        )
        near = [self._position[i] for i in found["ids"][0] if i in self._position]
        if len(near) < n:
            raise StoreError(f"the collection {self._name} at {self._server.url} lacks chunks. {REBUILD}")
        return list(zip(near, self.cosines(near, vector), strict=True))

    def cosines(self, positions: Sequence[int], vector: NDArray[np.float32]) -> list[float]:
        return _cosines(self._vectors[list(positions)], vector)

    def close(self) -> None:
        return None
