"""Generations on a Chroma server that several machines share: vectors, files, and a pointer to the
current."""

from __future__ import annotations

import base64
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding.encoders import OnnxEncoder, Vectors, find_model, model_hash
from surveyqa.embedding.encoders import export as write_encoder
from surveyqa.embedding.vectors import Progress
from surveyqa.errors import IndexError_, ModelError, StoreError, UsageError
from surveyqa.index.chunks import Chunk
from surveyqa.index.folders import PATIENCE, building, collect, generations, place, sweep
from surveyqa.index.manifest import NAME, REBUILD, FileState, damage, parse_manifest, read_manifest
from surveyqa.index.store import cosines_of, fill, hnsw
from surveyqa.settings import Settings

PREFIX = "surveyqa-"
POINTER = f"{PREFIX}current"
PIECE = 96 * 1024  # bytes of a file in one record on a server
PIECES = 4  # of them in one request: a server indexes what it gets before it answers, and may be busy
KEPT = 2  # generations on a server beside the current one: other machines may have them open
TIMEOUT = 30.0  # seconds for one request to a server

T = TypeVar("T")


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

        def send(client: Any) -> None:
            collection = client.create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": _remote(len(chunks))},
                metadata={"home": home},
            )
            fill(collection, chunks, vectors, progress)

        self.call(send)

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
        return cosines_of(self._vectors[list(positions)], vector)

    def close(self) -> None:
        return None


def local_copy(settings: Settings, server: Server) -> Path:
    """The folder of the server's current generation, fetched where it is not here yet.

    Raises IndexError_ where the server has none, StoreError where it cannot be asked.
    """
    name = server.current()
    if name is None:
        raise IndexError_(f"the Chroma server at {server.url} holds no index yet. Build it: surveyqa index")
    if (folder := copy_of(settings.index, name)) is not None:
        return folder
    with building(settings.index, PATIENCE):
        if (folder := copy_of(settings.index, name)) is not None:
            return folder  # another process here has fetched it meanwhile
        sweep(settings.index)
        manifest = parse_manifest(server.manifest(name), server.url)
        aside = settings.index / f".building-{os.getpid()}"
        aside.mkdir()
        try:
            server.fetch(name, manifest.files, aside)
            if wrong := damage(aside, manifest, thorough=True):
                file, what = next(iter(wrong.items()))
                raise IndexError_(f"{file} of {name} at {server.url} {what}. {REBUILD}")
            (aside / NAME).write_text(manifest.to_json(), encoding="utf-8")
            if not settings.embed_url:
                ensure_encoder(settings, manifest.model_hash)
            folder = place(aside, settings.index, manifest.generation)
        except OSError as error:
            raise IndexError_(f"cannot write the index to {settings.index} ({error.strerror}).") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        collect(settings.index, keep={folder.name})
    return folder


def copy_of(root: Path, collection: str) -> Path | None:
    """The local folder with the files of a collection."""
    for name in generations(root) if root.is_dir() else []:
        try:
            if read_manifest(root / name).collection == collection:
                return root / name
        except IndexError_:
            continue
    return None


def ensure_encoder(settings: Settings, fingerprint: str) -> Path:
    """The folder of the query encoder of a model; exported from it where that was not done yet."""
    folder = settings.index / "encoders" / fingerprint
    try:
        OnnxEncoder(folder)
        return folder
    except ModelError:
        pass
    model = find_model(settings.model, offline=settings.offline)
    if model_hash(model) != fingerprint:
        raise ModelError(f"the index was built with another '{settings.model}' than the one here. {REBUILD}")
    export(model, settings.index, folder)
    return folder


def export(model: Path, root: Path, folder: Path) -> None:
    """Write the encoder of a model aside, then rename it to `folder`."""
    aside = root / f".building-encoder-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        write_encoder(model, aside)
        folder.parent.mkdir(exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
