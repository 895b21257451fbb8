"""The embedding cache: vectors by the hash of their text, one SQLite file per model."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding.encoders import Encoder, Vectors

Progress = Callable[[str, int, int], None]  # stage, done, total
BATCH = 64
UNIT = 1e-2  # a vector whose length is further from 1 was damaged


class VectorCache:
    """Safe against a killed build; a damaged file, or a damaged row, is embedded anew."""

    def __init__(self, path: Path, shipped: Mapping[bytes, Vectors] | None = None) -> None:
        """shipped: vectors that came with the corpus, by the digest of their text."""
        self._shipped = shipped or {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._open()

    def _open(self) -> None:
        try:
            self._db = sqlite3.connect(self._path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
            )
        except sqlite3.OperationalError:
            raise  # a full or read-only disk: a new file would not help
        except sqlite3.DatabaseError:
            self._start_anew()

    def _start_anew(self) -> None:
        """Put an empty cache in the place of a torn or foreign file."""
        self._db.close()
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self._open()

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()

    def embed(
        self,
        texts: Sequence[str],
        encoder: Encoder,
        progress: Progress,
        stage: str,
        out: Path,
        *,
        afresh: bool = False,
    ) -> tuple[Vectors, int]:
        """Write the vectors of `texts` to the file `out` (.npy, shape (n, dimension)).

        Returns them, mapped from the file, and how many had to be computed. Rows go to the file as they
        come, so that memory does not grow with the corpus.
        """
        rows: dict[bytes, list[int]] = {}
        for n, text in enumerate(texts):
            rows.setdefault(digest_of(text), []).append(n)
        missing: list[bytes] = []
        with out.open("wb") as file:
            written = _Rows(file, len(texts))
            for digest, places in rows.items():
                vector = self._shipped.get(digest)
                if vector is None and not afresh:
                    vector = self._get(digest)
                if vector is None or not written.put(places, vector):
                    missing.append(digest)
            for at in range(0, len(missing), BATCH):
                part = missing[at : at + BATCH]
                made = encoder([texts[rows[digest][0]] for digest in part]).astype(np.float32)
                for digest, vector in zip(part, made, strict=True):
                    written.put(rows[digest], vector)
                self._put(part, made)
                progress(stage, at + len(part), len(missing))
            written.finish()
        return np.load(out, mmap_mode="r" if texts else None), len(missing)

    def find(self, text: str) -> Vectors | None:
        """The vector of `text`, where it was embedded before."""
        return self._get(digest_of(text))

    def keep(self, text: str, vector: Vectors) -> None:
        """Write down a vector that was made elsewhere."""
        self._put([digest_of(text)], vector[None])

    def _get(self, digest: bytes) -> Vectors | None:
        try:
            row = self._db.execute("SELECT vector FROM vectors WHERE hash = ?", (digest,)).fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._start_anew()
            return None
        if row is None or not isinstance(row[0], bytes) or len(row[0]) % 4:
            return None
        vector: Vectors = np.frombuffer(row[0], dtype=np.float32)
        whole = bool(np.isfinite(vector).all()) and abs(float(vector @ vector) - 1) < UNIT
        return vector if whole else None

    def _put(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep a batch at once, so that a killed build keeps what it has embedded."""
        rows = [(digest, vector.tobytes()) for digest, vector in zip(digests, vectors, strict=True)]
        try:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._db.commit()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._start_anew()


def digest_of(text: str) -> bytes:
    """What a text's vector is kept under."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class _Rows:
    """Rows of a .npy file in any order. Written, not mapped: a full disk is then an error and not a crash."""

    def __init__(self, file: IO[bytes], n: int) -> None:
        self._file = file
        self._n = n
        self._start = 0
        self._dimension = 0

    def put(self, places: Sequence[int], vector: Vectors) -> bool:
        """Write `vector` to all `places`; False where it is not as long as the first one was."""
        if not self._start:
            self._begin(len(vector))
        if len(vector) != self._dimension:
            return False
        for n in places:
            self._file.seek(self._start + 4 * self._dimension * n)
            self._file.write(vector.tobytes())
        return True

    def finish(self) -> None:
        if not self._start:
            self._begin(0)

    def _begin(self, dimension: int) -> None:
        self._dimension = dimension
        shape = (self._n, dimension)
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": "<f4", "fortran_order": False, "shape": shape}
        )
        self._start = self._file.tell()


def mapped(path: Path) -> NDArray[Any]:
    """The array in an .npy file, read from the disk as it is used.

    As a plain array: each slice of a `numpy.memmap` makes another one, which takes longer than what is done
    with it. Raises OSError, ValueError where there is none.
    """
    return np.asarray(np.load(path, mmap_mode="r"))


SHIPPED = "vectors"  # of the corpus: one file `MODEL-HASH.npz` or several `MODEL-HASH-N.npz`
DIGEST = 16  # bytes of a text's hash


def write_shipped(path: Path, digests: list[bytes], vectors: Vectors) -> None:
    """Write unit vectors, shape (n, dimension), with the digests of their texts."""
    scale = np.abs(vectors).max(axis=1, keepdims=True) / 127
    rows = np.round(vectors / scale).astype(np.int8)
    keys = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), DIGEST)
    np.savez_compressed(path, digests=keys, vectors=rows)


def read_shipped(corpus: Path, model_hash: str) -> Mapping[bytes, Vectors]:
    """Unit vectors by the digest of their text; none where the corpus ships none for this model."""
    found: dict[bytes, Vectors] = {}
    for path in sorted((corpus / SHIPPED).glob(f"{model_hash}*.npz")):
        with np.load(path) as data:
            rows: NDArray[np.float32] = data["vectors"].astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            found.update(zip(map(bytes, data["digests"]), rows, strict=True))
    return found
