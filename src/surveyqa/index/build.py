"""Documents to a generation: chunk, embed what is new, write aside, switch in."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from surveyqa.catalog import Catalog
from surveyqa.documents import Document
from surveyqa.embedding.encoders import Encoder, OnnxEncoder, Vectors, find_model, model_hash
from surveyqa.embedding.served import PROBE, SAME, ServedEncoder
from surveyqa.embedding.vectors import Progress, VectorCache, mapped, read_shipped
from surveyqa.errors import IndexError_, ModelError
from surveyqa.index.chunks import CHUNKER_VERSION, Chunk, make_chunks
from surveyqa.index.folders import building, collect, current, generations, place, sweep, switch
from surveyqa.index.lexical import LexicalIndex, SentenceTerms
from surveyqa.index.manifest import (
    PROBE_FILE,
    SCHEMA,
    CorpusLabel,
    Manifest,
    damage,
    measure,
    read_manifest,
)
from surveyqa.index.server import Server, export
from surveyqa.index.statements import Guide, Place, Statements, prove_all
from surveyqa.index.store import FolderStore, hnsw, write_folder
from surveyqa.settings import Settings
from surveyqa.statements import Page, Proof, Statement, Unproved
from surveyqa.text.terms import TOKENIZER_VERSION, tokenize

log = logging.getLogger("surveyqa.build")


@dataclass(frozen=True)
class BuildReport:
    """What a build did: how many chunks there are, were embedded, came and went."""

    manifest: Manifest
    embedded: int
    added: int
    removed: int
    switched: bool
    unproved: tuple[tuple[Page, Statement, Unproved], ...] = ()  # what is written ahead and not shown


@dataclass(frozen=True)
class _Content:
    """What a generation will hold."""

    name: str
    corpus: CorpusLabel
    chunks: Sequence[Chunk]
    documents: Sequence[Document]
    sentences: Sequence[str]
    topics: Sequence[str]
    proofs: Sequence[Proof[Place]]
    catalog: Catalog | None
    sources: Mapping[str, str]


def build_index(
    settings: Settings,
    documents: Sequence[Document],
    corpus: CorpusLabel,
    sources: Mapping[str, str],
    progress: Progress = lambda stage, done, total: None,
    *,
    rebuild: bool = False,
    sentences: bool = True,
    catalog: Catalog | None = None,
    guide: Guide | None = None,
    wait: float = 0.0,
) -> BuildReport:
    """Make a generation of `documents` and switch it in.

    Chunks whose text was embedded before take their vectors from the cache, unless `rebuild`.
    sentences: embed each sentence too; answers are composed from them, plain search does without.
    catalog: kept with the generation, so that both are of the same list.
    guide: what is written ahead; what of it these documents prove is kept with the generation.
    wait: seconds to wait for another process that builds.
    Raises IndexBusy where another process builds, IndexError_ where nothing is to be indexed or the disk
    refuses; the generation that was in use stays in use then.
    """
    root = settings.index
    server = Server(settings) if settings.chroma_url else None
    with building(root, wait), _on_disk(root):
        started = time.monotonic()
        sweep(root)
        fingerprint, encoder = _encoder(settings, progress)
        chunks = list(make_chunks(documents, encoder.tokens))
        if not chunks:
            raise IndexError_("there is nothing to index. Fetch the corpus first: surveyqa sync")
        topics = topics_beside(settings.corpus)
        progress("proving the statements", 0, 1)
        proofs, unproved = prove_all(guide or Guide(), chunks)
        progress("proving the statements", 1, 1)
        name = _generation_name(chunks, documents, corpus, fingerprint, topics, proofs, catalog)
        texts = [c.text[a:b] for c in chunks for a, b in c.sentences] if sentences else []
        content = _Content(name, corpus, chunks, documents, texts, topics, proofs, catalog, sources)
        before = _before(root)
        old_ids = _chunk_ids(root / before) if before else set()
        new_ids = {chunk.id for chunk in chunks}
        made = None if rebuild else _whole(root, name, before, server)
        embedded = 0
        if made is None:
            aside = root / f".building-{os.getpid()}"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                manifest, embedded = _write(
                    aside, content, settings, fingerprint, encoder, server, progress, rebuild
                )
                made = place(aside, root, name).name
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        else:
            manifest = read_manifest(root / made)
        if server and manifest.collection:
            server.switch(manifest.collection)
        if before != made:
            switch(root, made)
        _clear(root, made, before, server)
        log.info(
            "built",
            extra={
                "generation": name,
                "chunks": len(chunks),
                "embedded": embedded,
                "switched": before != made,
                "seconds": round(time.monotonic() - started, 2),
            },
        )
    return BuildReport(
        manifest, embedded, len(new_ids - old_ids), len(old_ids - new_ids), before != made, tuple(unproved)
    )


@contextmanager
def _on_disk(root: Path) -> Iterator[None]:
    """What a disk refuses, as one of our errors."""
    cure = (
        "Make room or set SURVEYQA_HOME to another disk, then: surveyqa index. What was indexed before "
        "stays in "
        "use."
    )
    try:
        yield
    except OSError as error:
        raise IndexError_(f"cannot write the index to {root} ({error.strerror or error}). {cure}") from error
    except sqlite3.Error as error:
        raise IndexError_(f"cannot write the embedding cache in {root} ({error}). {cure}") from error
    except Exception as error:
        if type(error).__module__.startswith("chromadb"):
            raise IndexError_(f"cannot write the vector store in {root} ({error}). {cure}") from error
        raise


def _encoder(settings: Settings, progress: Progress) -> tuple[str, OnnxEncoder | ServedEncoder]:
    """The encoder of chunks and questions, and what tells its model from others.

    The local one is exported where that was not done yet, or where it was damaged.
    """
    if settings.embed_url:
        served = ServedEncoder(settings)
        return _served_model(settings.index / "cache", served), served
    model = find_model(settings.model, offline=settings.offline)
    fingerprint = model_hash(model)
    folder = settings.index / "encoders" / fingerprint
    try:
        return fingerprint, OnnxEncoder(folder, bulk=True)
    except ModelError:
        progress("exporting the query encoder", 0, 1)
        export(model, settings.index, folder)
        progress("exporting the query encoder", 1, 1)
        return fingerprint, OnnxEncoder(folder, bulk=True)


def _served_model(caches: Path, encoder: ServedEncoder) -> str:
    """The name of the cache whose vector of the probe agrees with the server's; a new one where none does.

    A server's model has no hash, and its vectors differ in the last digits from run to run on a GPU.
    """
    vector = encoder([PROBE])[0]
    kin = f"served-{hashlib.sha256(encoder.model.encode()).hexdigest()[:8]}"
    for path in sorted(caches.glob(f"{kin}-*.sqlite")):
        with VectorCache(path) as cache:
            kept = cache.find(PROBE)
        if kept is not None and len(kept) == len(vector) and float(kept @ vector) >= SAME:
            return path.stem
    name = f"{kin}-{hashlib.sha256(vector.tobytes()).hexdigest()[:8]}"
    with VectorCache(caches / f"{name}.sqlite") as cache:
        cache.keep(PROBE, vector)
    return name


def _before(root: Path) -> str | None:
    try:
        return current(root)
    except IndexError_:  # CURRENT is damaged; this build mends it
        return None


def _whole(root: Path, name: str, before: str | None, server: Server | None) -> str | None:
    """The folder of a generation with this content that is whole; the one in use before others."""
    for folder in sorted(generations(root), key=lambda g: (g != before, g)):
        try:
            manifest = read_manifest(root / folder)
            if manifest.generation != name or (manifest.collection is not None) != (server is not None):
                continue
            if damage(root / folder, manifest, thorough=True):
                continue
            if server and manifest.collection:
                if server.count(manifest.collection) != manifest.chunks:
                    continue
            elif not (root / folder / "chroma" / "chroma.sqlite3").is_file() or _chroma_trouble(
                root / folder, manifest
            ):
                continue
        except IndexError_:
            continue
        return folder
    return None


def _chroma_trouble(folder: Path, manifest: Manifest) -> str:
    """Why the Chroma database of a generation cannot be used; empty where it can."""
    import numpy as np

    vectors = mapped(folder / "vectors.npy")
    position = {i: n for n, i in enumerate(_ids_in_order(folder))}
    store = FolderStore(folder / "chroma", vectors, position)
    try:
        for row in {0, len(position) // 2, len(position) - 1}:
            near = [p for p, _ in store.nearest(np.asarray(vectors[row]), 10)]
            if row not in near and not store.trouble:
                return "it does not find a vector that it holds"
        return store.trouble
    finally:
        store.close()


def _clear(root: Path, made: str, before: str | None, server: Server | None) -> None:
    """Remove what is not used any more: generations but this one and the one before, encoders of neither."""
    collect(root, keep={made, before or made})
    used = set()
    for name in generations(root):
        try:
            used.add(read_manifest(root / name).model_hash)
        except IndexError_:
            return  # one of another version: nothing is known of its encoder
    encoders = root / "encoders"
    for folder in encoders.iterdir() if encoders.is_dir() else ():
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)
    if server:
        server.sweep(_home(root))


def _home(root: Path) -> str:
    """A name for this folder of generations, kept in it, that no other one has."""
    path = root / ".home"
    if not path.is_file():
        path.write_text(uuid.uuid4().hex, encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def topics_beside(folder: Path) -> list[str]:
    """Topics that lie beside the corpus: what a question must not be nearer to."""
    path = folder / "elsewhere.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [line for line in lines if line and not line.startswith("#")]


def _embedded_text(chunk: Chunk) -> str:
    if chunk.kind == "guide":  # a statement names its subject, and is embedded as one besides
        return chunk.text
    return f"{chunk.context}. {chunk.text}"


def lexical_text(chunk: Chunk) -> str:
    return f"{chunk.context} {' '.join(chunk.path[-2:])} {chunk.text}"


def _generation_name(
    chunks: Sequence[Chunk],
    documents: Iterable[Document],
    corpus: str,
    model: str,
    elsewhere: Sequence[str],
    proofs: Sequence[Proof[Place]],
    catalog: Catalog | None,
) -> str:
    """Same corpus, same model, same code: same name."""
    digest = hashlib.blake2b(digest_size=6)
    digest.update(f"{elsewhere} {SCHEMA} {CHUNKER_VERSION} {TOKENIZER_VERSION} {corpus} {model}".encode())
    digest.update(repr(sorted(hnsw(len(chunks)).items())).encode())
    for chunk in chunks:
        digest.update(json.dumps(dataclasses.astuple(chunk)).encode())
    for proof in proofs:
        page, told = proof.page, proof.statement
        digest.update(repr((page.title, page.names, page.section, page.papers, page.kind)).encode())
        digest.update(repr((told.role, told.text, told.zh, proof.places)).encode())
    for document in documents:
        digest.update(repr((document.key, document.title, document.url, document.references)).encode())
    if catalog:
        digest.update(
            repr((catalog.papers, catalog.taxonomy, catalog.frameworks, catalog.names, catalog.info)).encode()
        )
    return f"{corpus}-{digest.hexdigest()}"


def _write(
    aside: Path,
    content: _Content,
    settings: Settings,
    fingerprint: str,
    encoder: Encoder,
    server: Server | None,
    progress: Progress,
    rebuild: bool,
) -> tuple[Manifest, int]:
    """Write a generation into `aside`; its manifest and how many texts were embedded."""
    chunks = content.chunks
    given = read_shipped(settings.corpus, fingerprint)
    with VectorCache(settings.index / "cache" / f"{fingerprint}.sqlite", given) as cache:
        embed: Callable[..., tuple[Vectors, int]] = lambda texts, what, out: cache.embed(  # noqa: E731
            texts, encoder, progress, f"embedding {what}", aside / out, afresh=rebuild
        )
        vectors, embedded = embed([_embedded_text(c) for c in chunks], "chunks", "vectors.npy")
        embed(content.sentences, "sentences", "sentences.npy")
        embed(content.topics, "topics", "elsewhere.npy")
        Statements.write(
            aside / "statements",
            content.proofs,
            lambda texts, file: embed(texts, "statements", f"statements/{file}"),
        )
        if settings.embed_url:
            embed([PROBE], "the probe", PROBE_FILE)
    _write_lines(aside / "chunks.jsonl", map(dataclasses.asdict, chunks))
    _write_lines(aside / "documents.jsonl", (_document_head(d) for d in content.documents))
    _write_lines(
        aside / "references.jsonl", (dataclasses.asdict(r) for d in content.documents for r in d.references)
    )
    if content.catalog:
        content.catalog.save(aside / "catalog")
    progress("writing the lexical index", 0, 1)
    LexicalIndex.build([tokenize(lexical_text(c)) for c in chunks]).save(aside / "bm25")
    SentenceTerms.write(aside / "terms", (c.text[a:b] for c in chunks for a, b in c.sentences))
    progress("writing the lexical index", 1, 1)
    collection = None
    dimension = int(vectors.shape[1])
    if server:
        home = _home(settings.index)
        server.sweep(home)
        collection = server.new_name(content.name)
        server.write(collection, home, chunks, vectors, progress)
    else:
        write_folder(aside / "chroma", chunks, vectors, progress)
    manifest = Manifest(
        generation=content.name,
        schema=SCHEMA,
        corpus=content.corpus,
        model=settings.embedder,
        model_hash=fingerprint,
        dimension=dimension,
        chunker=CHUNKER_VERSION,
        tokenizer=TOKENIZER_VERSION,
        documents=len(content.documents),
        chunks=len(chunks),
        sentences=len(content.sentences),
        built=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        collection=collection,
        sources=dict(content.sources),
        files=measure(aside),
    )
    manifest.write(aside)
    if server and collection:
        server.finish(collection, _home(settings.index), aside, manifest.files, manifest.to_json())
    return manifest, embedded


def _document_head(document: Document) -> dict[str, Any]:
    head = {f.name: getattr(document, f.name) for f in dataclasses.fields(document)}
    del head["blocks"], head["references"]
    return head


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _ids_in_order(folder: Path) -> list[str]:
    with (folder / "chunks.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["id"] for line in file]


def _chunk_ids(folder: Path) -> set[str]:
    try:
        return set(_ids_in_order(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return set()
