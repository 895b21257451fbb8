"""BM25 over chunks, and the terms of each sentence."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveyqa.embedding.vectors import mapped
from surveyqa.text.terms import terms_of_word, tokenize


class LexicalIndex:
    """BM25 (Lucene's variant) of tokenised chunks; scores in the order of the chunks.

    bm25s computes them when the index is built. They are kept as plain arrays, the scores of a term in a
    column: chunks `indices[a:b]` score `data[a:b]`, where a, b = `indptr[t : t + 2]` and
    t = `vocabulary[term]`. Asking reads these alone, without bm25s and the scipy behind it.
    """

    ARRAYS = ("data", "indices", "indptr")

    def __init__(self, vocabulary: Mapping[str, int], scores: Mapping[str, NDArray[Any]], size: int) -> None:
        self._vocabulary = vocabulary
        self._scores = scores
        self._size = size

    @classmethod
    def build(cls, token_lists: Sequence[Sequence[str]]) -> LexicalIndex:
        import bm25s

        bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        bm25.index([list(tokens) or ["\0"] for tokens in token_lists], show_progress=False)
        return cls(bm25.vocab_dict, bm25.scores, len(token_lists))

    def save(self, folder: Path) -> None:
        """Write `vocabulary.json` and an array file for each of `ARRAYS`."""
        folder.mkdir()
        for name in self.ARRAYS:
            np.save(folder / f"{name}.npy", self._scores[name])
        (folder / "vocabulary.json").write_text(
            json.dumps(self._vocabulary, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """What `save` wrote, for `size` chunks. Raises OSError, ValueError where it is not there."""
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        arrays = {name: mapped(folder / f"{name}.npy") for name in cls.ARRAYS}
        return cls(vocabulary, arrays, size)

    def frequency(self, word: str) -> int:
        """Number of chunks in which a single word or name occurs; 0 for none."""
        return min((self.frequency_of(term) for term in terms_of_word(word)), default=0)

    def frequency_of(self, term: str) -> int:
        """Number of chunks that hold a term as `tokenize` gives it."""
        token = self._vocabulary.get(term)
        pointers = self._scores["indptr"]
        return 0 if token is None else int(pointers[token + 1] - pointers[token])

    def terms_of(self, positions: Sequence[int]) -> frozenset[str]:
        """Every term that occurs in the chunks at `positions`."""
        wanted = np.zeros(self._size, dtype=bool)
        wanted[list(positions)] = True
        pointers, chunks = self._scores["indptr"], self._scores["indices"]
        held = np.add.reduceat(np.append(wanted[chunks], False).astype(np.int64), pointers[:-1])
        return frozenset(
            term
            for term, t in self._vocabulary.items()
            if t < len(held) and held[t] and pointers[t + 1] > pointers[t]
        )

    def idf(self, term: str) -> float:
        """Lucene's inverse document frequency; the highest for a term that occurs nowhere."""
        frequency = self.frequency_of(term)
        return float(np.log(1 + (self._size - frequency + 0.5) / (frequency + 0.5)))

    def share(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """BM25 of every chunk over the best that any chunk could get for these weighted terms, shape
        (chunks,)."""
        total = sum(weight * self.idf(term) for term, weight in terms.items())
        scores = self.scores(terms.keys(), terms.values())
        return scores / total if total > 0 else scores

    def scores(self, terms: Iterable[str], weights: Iterable[float] | None = None) -> NDArray[np.float32]:
        """BM25 of every chunk, shape (chunks,); zero where no term occurs. Unknown terms are ignored."""
        total = np.zeros(self._size, dtype=np.float32)
        known, matrix = self._vocabulary, self._scores
        for term, weight in zip(terms, weights or _ones(), strict=False):
            if term in known:  # its column only: the rest of a large index is not touched
                column = slice(*matrix["indptr"][known[term] : known[term] + 2])
                total[matrix["indices"][column]] += weight * matrix["data"][column]
        return total


def best_first(scores: NDArray[np.float32], n: int) -> list[int]:
    """Places of the `n` highest of the scores above zero, best first, equal ones in order."""
    least = np.partition(scores, len(scores) - n)[len(scores) - n] if 0 < n < len(scores) else 0.0
    places = np.flatnonzero(scores >= least if least > 0 else scores > 0)
    return [int(i) for i in places[np.argsort(-scores[places], kind="stable")][:n]]


def term_weights(index: LexicalIndex, terms: Mapping[str, float]) -> dict[str, float]:
    """The share of each term in what the terms are worth together, by inverse document frequency."""
    total = sum(w * index.idf(t) for t, w in terms.items()) or 1.0
    return {t: w * index.idf(t) / total for t, w in terms.items()}


class SentenceTerms:
    """The search terms of each sentence, made when the index is built: asking does not read text again.

    Sentence `n` has the terms `words[i]` for i in `ids[starts[n]:starts[n+1]]`.
    """

    def __init__(self, words: Sequence[str], ids: NDArray[np.int32], starts: NDArray[np.int64]) -> None:
        self._words = words
        self._ids = ids
        self._starts = starts
        self._made: dict[int, frozenset[str]] = {}  # of the sentences that were asked for

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, n: int) -> frozenset[str]:
        terms = self._made.get(n)
        if terms is None:
            ids = self._ids[self._starts[n] : self._starts[n + 1]].tolist()
            terms = self._made[n] = frozenset(self._words[i] for i in ids)
        return terms

    def holds(self, rows: NDArray[np.int64], terms: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each of the sentences `rows` holds each term, shape (rows, terms)."""
        found = np.zeros((len(rows), len(terms)), dtype=bool)
        if not len(rows) or not terms:
            return found
        starts, ends = self._starts[rows], self._starts[rows + 1]
        sizes = ends - starts
        at = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(sizes.sum())
        ids = self._ids[at]
        row = np.repeat(np.arange(len(rows)), sizes)
        for column, term in enumerate(terms):
            number = self._number.get(term)
            if number is not None:
                found[row[ids == number], column] = True
        return found

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {word: n for n, word in enumerate(self._words)}

    @staticmethod
    def write(folder: Path, sentences: Iterable[str]) -> None:
        """Write the terms of `sentences` to `folder`, one sentence at a time."""
        folder.mkdir()
        words: dict[str, int] = {}
        ids = array("i")
        starts = array("q", [0])
        for sentence in sentences:
            ids.extend(sorted({words.setdefault(term, len(words)) for term in tokenize(sentence)}))
            starts.append(len(ids))
        np.save(folder / "ids.npy", np.frombuffer(ids, dtype=np.int32) if ids else np.empty(0, np.int32))
        np.save(folder / "starts.npy", np.frombuffer(starts, dtype=np.int64))
        (folder / "words.json").write_text(json.dumps(list(words), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> SentenceTerms:
        """Raises OSError, ValueError where `write` has not written it."""
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        return cls(words, mapped(folder / "ids.npy"), np.load(folder / "starts.npy"))


def _ones() -> Iterable[float]:
    while True:
        yield 1.0
