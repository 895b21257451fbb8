"""What a question wants, told by a linear model: `Intents`. Trained by `training/intent.py`.

Features are character 1- to 4-grams and words of the text with its slots replaced by their kinds, hashed into
`COLUMNS` columns; for the intent also the vector of the question's English, where the encoder is the one that
the weights were fitted with. The weights are a file of arrays in the package; asking needs numpy alone.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from surveyqa.understand.listquery import Want
from surveyqa.understand.reading import Intent

if TYPE_CHECKING:
    from surveyqa.understand.vocabulary import Mark

COLUMNS = 1 << 13
MEANING = 0.8  # length of the vector beside the rest
SLOTS = {
    "category": "<C>", "venue": "<V>", "year": "<Y>", "month": "<Y>", "paper": "<M>", "author": "<A>",
    "organisation": "<O>", "host": "<O>", "quote": "<Q>", "arxiv": "<X>", "name": "<M>", "unknown": "<M>",
}  # fmt: skip


def masked(text: str, marks: Sequence[Mark]) -> str:
    """The text in lower case with each slot replaced by its kind; of two at one place the longer."""
    out, last = [], 0
    slots = [m for m in marks if m.kind in SLOTS]
    for mark in sorted(slots, key=lambda m: (m.start, -m.end, m.kind != "paper")):
        if mark.start >= last:
            out += [text[last : mark.start].lower(), SLOTS[mark.kind]]
            last = mark.end
    return "".join([*out, text[last:].lower()])


def features(text: str, marks: Sequence[Mark]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns and values of a text, of length 1 together: half from characters, half from words."""
    said = masked(text, marks)
    padded = f" {' '.join(said.split())} "
    grams = Counter(padded[i : i + n] for n in range(1, 5) for i in range(len(padded) - n + 1))
    spaced = "".join(f" {c} " if not c.isalnum() and c not in "<>'" else c for c in said).split()
    words = ["^", *spaced, "$"]
    tokens = Counter(f"w:{w}" for w in words) + Counter(f"b:{a} {b}" for a, b in pairwise(words))
    values: dict[int, float] = {}
    for counts, share in ((grams, 0.7), (tokens, 0.7)):
        length = sum((1 + np.log(n)) ** 2 for n in counts.values()) ** 0.5
        for gram, n in counts.items():
            column = zlib.crc32(gram.encode()) % COLUMNS
            values[column] = values.get(column, 0.0) + share * float(1 + np.log(n)) / length
    return np.fromiter(values, np.int64, len(values)), np.fromiter(values.values(), np.float32, len(values))


class Intents:
    """The two models, loaded at first use."""

    def __init__(self) -> None:
        with (files("surveyqa.understand") / "intent.npz").open("rb") as file:
            self._arrays: dict[str, NDArray[Any]] = dict(np.load(file))

    @property
    def model(self) -> str:
        """The encoder whose vectors the weights know."""
        return str(self._arrays["model"])

    def intents(
        self, text: str, marks: Sequence[Mark], vector: NDArray[np.float32] | None = None
    ) -> tuple[tuple[Intent, float], ...]:
        """(intent, probability), best first; those under one in fifty are left out. vector: of the text in
        English, shape (dimension,)."""
        told = self._told("intent", text, marks, vector)
        return tuple((cast(Intent, label), p) for label, p in told if p >= 0.02 or label == told[0][0])

    def want(self, text: str, marks: Sequence[Mark]) -> Want:
        """What a question on the list wants of it."""
        return cast(Want, self._told("want", text, marks)[0][0])

    def leans(self, text: str, marks: Sequence[Mark]) -> float:
        """How likely it is that a question needs the dialogue before it to be understood."""
        return dict(self._told("leans", text, marks))["yes"]

    def _told(
        self, name: str, text: str, marks: Sequence[Mark], vector: NDArray[np.float32] | None = None
    ) -> list[tuple[str, float]]:
        columns, values = features(text, marks)
        weights = self._arrays[f"{name}_weights"]
        scores = weights[:, columns].astype(np.float32) @ values + self._arrays[f"{name}_bias"]
        if vector is not None:
            scores = scores + weights[:, COLUMNS:].astype(np.float32) @ (MEANING * vector)
        scores = scores / float(self._arrays[f"{name}_temperature"])
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        labels = self._arrays[f"{name}_labels"]
        return [(str(labels[i]), round(float(shares[i]), 4)) for i in np.argsort(-shares, kind="stable")]
