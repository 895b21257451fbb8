"""An open generation: chunks, lexical scores, vectors. It stays what it is while others build."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from surveyqa.documents import Reference
from surveyqa.embedding.encoders import OnnxEncoder, Vectors
from surveyqa.embedding.served import ServedEncoder
from surveyqa.embedding.vectors import mapped
from surveyqa.errors import IndexError_, ModelError
from surveyqa.index.chunks import Chunk
from surveyqa.index.folders import CURRENT, current, hold
from surveyqa.index.lexical import LexicalIndex, SentenceTerms
from surveyqa.index.manifest import NAME, PROBE_FILE, REBUILD, Manifest, damage, read_manifest
from surveyqa.index.server import Server, ServerStore
from surveyqa.index.statements import Statements
from surveyqa.index.store import FolderStore, Store
from surveyqa.settings import Settings
from surveyqa.text.terms import joined, tokenize

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
_APART = re.compile(r"[\W_]+")
LONG = 8  # letters of a name that is looked for whatever its spaces: "HuggingChat" is Hugging Chat
HEAD = 45  # characters at the start of a sentence in which its subject stands
TRIES = 20  # of opening, while builds switch


def has_index(settings: Settings) -> bool:
    """Whether something was built already, here or on the configured server. Raises StoreError."""
    if settings.chroma_url:
        return Server(settings).current() is not None
    return (settings.index / CURRENT).is_file()


def generation_folder(settings: Settings, name: str | None = None) -> Path | None:
    """The folder of a generation (the current one, if none is named); None where there is none."""
    name = name or current(settings.index)
    return settings.index / name if name and (settings.index / name / NAME).is_file() else None


def catalog_folder(settings: Settings) -> Path:
    """Where the catalogue in use is: the current generation's, else the committed one."""
    folder = generation_folder(settings)
    return folder / "catalog" if folder and (folder / "catalog").is_dir() else settings.corpus


REMEMBERED = 256  # questions whose vectors are kept


class Index:
    """An open generation: chunks, lexical scores, and the vector store."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        encoder: Callable[[], OnnxEncoder | ServedEncoder],
        server: Server | None = None,
        lease: IO[bytes] | None = None,
    ) -> None:
        """encoder: makes that of questions, at first use.
        lease: keeps the generation from being removed while this is open."""
        self.folder = folder
        self.manifest = manifest
        self._lease = lease
        self._make_encoder = encoder
        self._encoder: OnnxEncoder | ServedEncoder | None = None
        self._encoded: dict[str, NDArray[np.float32]] = {}  # a question is asked for by several stages
        self._names: dict[int, list[tuple[frozenset[str], frozenset[str]]]] = {}
        self._squeezed: dict[int, str] = {}
        self._titles: dict[str, frozenset[str]] = {}
        self._headings: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}
        wrong = damage(folder, manifest)
        for name, what in wrong.items():
            if not name.startswith("chroma/"):  # which can be done without
                raise IndexError_(f"{folder / name} {what}. {REBUILD}")
        try:
            self.chunks = [_chunk(json.loads(line)) for line in _lines(folder / "chunks.jsonl")]
            self.documents = {row["key"]: row for row in map(json.loads, _lines(folder / "documents.jsonl"))}
            self.references = {
                row["key"]: Reference(**row) for row in map(json.loads, _lines(folder / "references.jsonl"))
            }
            self.sentence_vectors: NDArray[np.float32] = mapped(folder / "sentences.npy")
            self._elsewhere: NDArray[np.float32] = np.load(folder / "elsewhere.npy")
            self.statements = Statements.read(folder / "statements")
            self._sentence_terms = SentenceTerms.read(folder / "terms")
            self.lexical = LexicalIndex.load(folder / "bm25", len(self.chunks))
            self.position = {chunk.id: n for n, chunk in enumerate(self.chunks)}
            self._store: Store
            vectors: NDArray[np.float32] = mapped(folder / "vectors.npy")
            if manifest.collection is None:
                self._store = FolderStore(folder / "chroma", vectors, self.position, sound=not wrong)
            elif server is None:
                raise IndexError_(
                    f"the vectors of {folder} are on a Chroma server. Set SURVEYQA_CHROMA_URL, or: surveyqa "
                    f"index"
                )
            else:
                self._store = ServerStore(server, manifest.collection, vectors, self.position)
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise IndexError_(
                f"the index in {folder} is damaged ({type(error).__name__}). {REBUILD}"
            ) from error
        # row of each chunk's first sentence in sentence_vectors
        self.first_sentence = np.cumsum([0] + [len(c.sentences) for c in self.chunks])

    @classmethod
    def open(cls, settings: Settings) -> Index:
        """The current generation. Raises IndexError_ where there is none or it does not fit."""
        root = settings.index
        server = Server(settings) if settings.chroma_url else None
        for _ in range(TRIES):
            if server:
                from surveyqa.index.server import local_copy

                folder = local_copy(settings, server)
            else:
                name = current(root)
                if name is None:
                    raise IndexError_(f"there is no index in {root}. Build it: surveyqa index")
                folder = root / name
            lease = hold(folder)
            if lease is not None:
                break  # else it was replaced and removed between the two
            if folder.is_dir():
                raise IndexError_(f"the index in {folder} has no readable manifest. {REBUILD}")
        else:
            raise IndexError_(f"the index in {root} is being replaced again and again. Ask again.")
        try:
            manifest = read_manifest(folder)
            if manifest.model != settings.embedder:
                raise IndexError_(
                    f"the index was built with '{manifest.model}' but settings say '{settings.embedder}'. "
                    f"{REBUILD}"
                )
            return cls(folder, manifest, lambda: _encoder(settings, folder, manifest), server, lease)
        except BaseException:
            lease.close()
            raise

    def close(self) -> None:
        """Let go of the generation, so that it may be removed once it is not the current one."""
        self._store.close()
        if self._lease is not None:
            self._lease.close()

    @property
    def catalog(self) -> Path | None:
        """The folder of the catalogue that was kept with this generation."""
        return self.folder / "catalog" if (self.folder / "catalog").is_dir() else None

    @property
    def store_trouble(self) -> str:
        """Why Chroma's files cannot be used and every vector is compared instead; empty where they can."""
        return getattr(self._store, "trouble", "")

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (n, dimension)."""
        if self._encoder is None:
            encoder = self._make_encoder()
            if encoder.dimension != self.manifest.dimension:
                raise IndexError_(
                    f"the index holds vectors of {self.manifest.dimension} numbers, its encoder makes "
                    f"{encoder.dimension}. Build it again: surveyqa index --rebuild"
                )
            self._encoder = encoder
        new = [text for text in dict.fromkeys(texts) if text not in self._encoded]
        if new:
            if len(self._encoded) + len(new) > REMEMBERED:
                self._encoded.clear()
                new = list(dict.fromkeys(texts))
            self._encoded.update(zip(new, self._encoder(new), strict=True))
        return np.stack([self._encoded[text] for text in texts])

    def is_word(self, word: str) -> bool:
        """Whether the embedding model knows a word whole, so that it is no misspelling; False on a server."""
        if self._encoder is None:
            self.encode([word])
        return isinstance(self._encoder, OnnxEncoder) and self._encoder.is_word(word)

    def nearest(self, vector: NDArray[np.float32], n: int) -> list[tuple[int, float]]:
        """(chunk position, cosine) of the `n` nearest chunks, best first, ties by position."""
        hits = [(position, round(cosine, 6)) for position, cosine in self._store.nearest(vector, n)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, positions: Sequence[int], vector: NDArray[np.float32]) -> dict[int, float]:
        """Cosine of the question with the chunks at `positions`."""
        if not positions:
            return {}
        return {
            p: round(s, 6) for p, s in zip(positions, self._store.cosines(positions, vector), strict=True)
        }

    def elsewhere(self, vector: NDArray[np.float32]) -> float:
        """Cosine of a question with the nearest of the topics that lie beside the corpus; 0 without any."""
        return float((self._elsewhere @ vector).max()) if self._elsewhere.size else 0.0

    @cached_property
    def survey_sections(self) -> dict[str, list[int]]:
        """Positions of the survey's chunks by the number of their section."""
        sections: dict[str, list[int]] = {}
        for position, chunk in enumerate(self.chunks):
            if chunk.kind == "survey":
                sections.setdefault(chunk.number, []).append(position)
        return sections

    @cached_property
    def mentions(self) -> dict[str, list[tuple[int, int]]]:
        """For each paper of the list by key, where the survey cites it: (chunk position, sentence)."""
        found: dict[str, list[tuple[int, int]]] = {}
        for position in (p for positions in self.survey_sections.values() for p in positions):
            chunk = self.chunks[position]
            for start, _, key in chunk.cites:
                reference = self.references.get(key)
                if reference and reference.paper:
                    found.setdefault(reference.paper, []).extend(
                        (position, n) for n, (a, b) in enumerate(chunk.sentences) if a <= start < b
                    )
        return found

    @cached_property
    def proper_names(self) -> frozenset[str]:
        """Names in one piece that the survey (or guide) writes with capitals and never as a common word."""
        names: set[str] = set()
        common: set[str] = set()
        for chunk in self.chunks:
            if chunk.kind in ("survey", "guide"):
                for word in _WORD.findall(chunk.text):
                    if word.islower():
                        common.add(word)
                    elif len(word) > 2:
                        names.add(word.lower().replace("-", ""))
        return frozenset(names - common)

    def frequency(self, word: str) -> int:
        """Number of chunks in which a word or name occurs."""
        return self.lexical.frequency(word)

    def says(self, phrase: str) -> bool:
        """Whether a text of the corpus holds a phrase, in any case; beside the survey (or guide) as words of
        their own: "LIME" is not in "sublime"."""
        phrase = phrase.lower()
        squeezed = _APART.sub("", phrase)
        whole = re.compile(rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])", re.IGNORECASE)
        return any(
            (phrase in chunk.text.lower() if chunk.kind in ("survey", "guide") else whole.search(chunk.text))
            or (len(squeezed) >= LONG and squeezed in self.squeezed(position))
            for position, chunk in enumerate(self.chunks)
        )

    def holding(self, name: str) -> list[int]:
        """Positions of the chunks that hold a name, its words in a row, in text or headings."""
        terms = set(tokenize(name))
        scores = [self.lexical.scores([term]) > 0 for term in terms]
        places = np.flatnonzero(np.logical_and.reduce(scores)).tolist() if scores else []
        squeezed = _APART.sub("", name).lower()
        return [
            p
            for p in places
            if squeezed in self.squeezed(p) or squeezed in _APART.sub("", self.chunks[p].context).lower()
        ]

    @cached_property
    def home_terms(self) -> frozenset[str]:
        """Every search term that the survey, or the guide in its stead, uses."""
        home = [n for n, chunk in enumerate(self.chunks) if chunk.kind in ("survey", "guide")]
        return self.lexical.terms_of(home)

    def sentence(self, position: int, number: int) -> str:
        """A sentence of a chunk, as it stands."""
        chunk = self.chunks[position]
        return chunk.text[slice(*chunk.sentences[number])]

    def sentence_terms(self, position: int, number: int) -> frozenset[str]:
        """The search terms of one sentence of a chunk."""
        return self._sentence_terms[int(self.first_sentence[position]) + number]

    def squeezed(self, position: int) -> str:
        """A chunk's letters and digits in one piece, lower case: a name that it does not hold so is not in
        it."""
        if position not in self._squeezed:
            self._squeezed[position] = _APART.sub("", self.chunks[position].text).lower()
        return self._squeezed[position]

    def title_names(self, position: int) -> frozenset[str]:
        """Runs of words of a chunk's title in one piece, for finding names in it."""
        title = self.chunks[position].title
        if title not in self._titles:
            self._titles[title] = joined(title)
        return self._titles[title]

    def sentences_hold(self, rows: NDArray[np.int64], terms: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each sentence of these rows of `sentence_vectors` holds each term, shape (rows, terms)."""
        return self._sentence_terms.holds(rows, terms)

    def holds(self, positions: Sequence[int], terms: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each sentence of the chunks at `positions` holds each term, shape (sentences, terms)."""
        first = self.first_sentence
        rows = np.concatenate([np.arange(first[p], first[p + 1]) for p in positions] or [first[:0]])
        return self._sentence_terms.holds(rows, terms)

    def sentence_names(self, position: int, number: int) -> tuple[frozenset[str], frozenset[str]]:
        """Runs of words of one sentence in one piece, for finding names in it: of its head, and of all of
        it."""
        if position not in self._names:
            chunk = self.chunks[position]
            self._names[position] = [
                (joined(chunk.text[a : min(b, a + HEAD)]), joined(chunk.text[a:b]))
                for a, b in chunk.sentences
            ]
        return self._names[position][number]

    def heading_terms(self, position: int) -> frozenset[str]:
        """The search terms of a chunk's title and section path."""
        chunk = self.chunks[position]
        key = (chunk.title, chunk.path)
        if key not in self._headings:
            self._headings[key] = frozenset(tokenize(f"{chunk.title} {' '.join(chunk.path)}"))
        return self._headings[key]

    def sentence_cosines(self, positions: Sequence[int], vectors: Vectors) -> NDArray[np.float64]:
        """Cosine of each of `vectors` with each sentence of the chunks, shape (vectors, sentences); empty
        where sentences were not embedded.

        All at once: a product lets other threads run, and with many askers each one is a wait. In double
        precision, so that the last digit does not depend on what is computed together.
        """
        if not len(self.sentence_vectors):
            return np.zeros((0, 0))
        first = self.first_sentence
        rows = np.concatenate([np.arange(first[p], first[p + 1]) for p in positions] or [first[:0]])
        cosines: NDArray[np.float64] = (
            vectors.astype(np.float64) @ self.sentence_vectors[rows].astype(np.float64).T
        )
        return cosines


def _encoder(settings: Settings, folder: Path, manifest: Manifest) -> OnnxEncoder | ServedEncoder:
    """The encoder of questions for a generation."""
    if settings.embed_url:
        return ServedEncoder(settings, np.load(folder / PROBE_FILE)[0])
    encoder = settings.index / "encoders" / manifest.model_hash
    try:
        return OnnxEncoder(encoder)
    except ModelError:  # the model moved: another environment, a newer package
        from surveyqa.index.server import ensure_encoder

        return OnnxEncoder(ensure_encoder(settings, manifest.model_hash))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _chunk(row: dict[str, Any]) -> Chunk:
    for name in ("path", "span"):
        row[name] = tuple(row[name])
    for name in ("pages", "sentences", "cites"):
        row[name] = tuple(map(tuple, row[name]))
    row["quote"] = row["quote"] and tuple(row["quote"])
    return Chunk(**row)
