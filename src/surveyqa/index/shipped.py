"""Vectors that ship with the corpus: of what is ours and the same on every machine, in eight bits a number.

`training/vectors.py` writes them; they are found by the hash of their text and of the model that made them,
so that a first build embeds nothing of the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surveyqa.index.embed import Vectors

FOLDER = "vectors"  # of the corpus: one file `MODEL-HASH.npz` or several `MODEL-HASH-N.npz`
DIGEST = 16  # bytes of a text's hash


def write(path: Path, digests: list[bytes], vectors: Vectors) -> None:
    """Write unit vectors, shape (n, dimension), with the digests of their texts."""
    scale = np.abs(vectors).max(axis=1, keepdims=True) / 127
    rows = np.round(vectors / scale).astype(np.int8)
    keys = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), DIGEST)
    np.savez_compressed(path, digests=keys, vectors=rows)


def read(corpus: Path, model_hash: str) -> Mapping[bytes, Vectors]:
    """Unit vectors by the digest of their text; none where the corpus ships none for this model."""
    found: dict[bytes, Vectors] = {}
    for path in sorted((corpus / FOLDER).glob(f"{model_hash}*.npz")):
        with np.load(path) as data:
            rows: NDArray[np.float32] = data["vectors"].astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            found.update(zip(map(bytes, data["digests"]), rows, strict=True))
    return found
