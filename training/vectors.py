"""Embed what ships with the corpus, the statements and the topics beside the field, so that no first start
has to.

    python training/vectors.py

Writes `corpus/vectors/MODEL-HASH-N.npz` in eight bits a number and prints how near they are to the exact
ones. Run it after a change of the guide; a text that it has not seen is embedded on the user's machine.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from surveyqa.embedding.encoders import OnnxEncoder, export, find_model, model_hash
from surveyqa.embedding.vectors import SHIPPED, digest_of, read_shipped, write_shipped
from surveyqa.index.build import topics_beside
from surveyqa.settings import Settings
from surveyqa.statements import read_pages

ROWS = 2000  # vectors in one file, which stays under a megabyte


def main() -> None:
    corpus = Settings.from_env().corpus
    texts = [statement.text for page in read_pages(corpus / "guide") for statement in page.statements]
    texts = list(dict.fromkeys([*texts, *topics_beside(corpus)]))
    model = find_model(Settings.from_env().model, offline=True)
    with tempfile.TemporaryDirectory() as folder:
        export(model, Path(folder))
        encoder = OnnxEncoder(Path(folder), bulk=True)
        vectors = encoder(texts)
    out = corpus / SHIPPED
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    name = model_hash(model)
    for n, at in enumerate(range(0, len(texts), ROWS)):
        part = texts[at : at + ROWS]
        write_shipped(out / f"{name}-{n}.npz", [digest_of(t) for t in part], vectors[at : at + ROWS])
    back = read_shipped(corpus, name)
    cosines = [float(back[digest_of(text)] @ vector) for text, vector in zip(texts, vectors, strict=True)]
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"{len(texts)} vectors, {size / 1e6:.2f} MB, cosine with the exact at least {np.min(cosines):.5f}")


if __name__ == "__main__":
    main()
