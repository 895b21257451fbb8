"""Chroma's core without its client: what asks a collection in a folder for the nearest vectors.

`chromadb.PersistentClient` hands every call to `chromadb_rust_bindings.Bindings`. Importing the client costs
0.6 s of processor time (telemetry, gRPC, clients of embedding services), the bindings alone 0.02 s. They are
no public interface: where a signature differs from the versions that were tested, the client is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

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
