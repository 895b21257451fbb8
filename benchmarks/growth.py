"""How the index grows: build time, retrieval, memory and disk per chunk, from a thousand chunks up.

    python benchmarks/growth.py --sizes 1000 10000 50000 200000 --out growth.json
    python benchmarks/growth.py --plot growth.json docs/growth.png        (needs the extra `bench`)

Text is made (words by Zipf's law, as many sentences to a chunk as the survey has), vectors are drawn from
the distribution of real ones: a real vector of the embedding cache plus a difference of two others. They go
through the product's own code from documents to answers' passages; only the model is left out of the build,
and timed by itself on a sample: it takes the same time for each chunk, whatever the size of the index.
Each size is built and asked in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surveyqa.catalog import Catalog
from surveyqa.documents import Block, Document
from surveyqa.embedding.encoders import OnnxEncoder, Vectors, find_model, model_hash
from surveyqa.settings import Settings

SENTENCES = 3.4  # in a chunk of the survey, on average
WORDS = 21  # in a sentence
SPREAD = 0.35  # of the difference of two vectors that is added to a third
QUESTIONS, WARM = 200, 30


def made_documents(n: int, seed: int = 0) -> Iterator[Document]:
    """`n` documents of one chunk each."""
    pick = np.random.default_rng(seed)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(find_model(settings_in(Path()).model) / "tokenizer.json"))
    words = sorted(
        word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha() and len(word) > 2
    )
    pick.shuffle(words)
    for number in range(n):
        count = 3 if pick.random() < 0.6 else 4
        text = []
        for ranks in pick.zipf(1.15, size=(count, WORDS)) % len(words):
            sentence = " ".join(words[r] for r in ranks)
            text.append(f"{sentence.capitalize()}.")
        block = Block("paragraph", " ".join(text))
        yield Document(f"abstract:{number}", "abstract", f"Made paper {number}", (block,))


class Drawn:
    """In the place of the encoder: its tokens, and vectors of the real ones' distribution."""

    def __init__(self, real: Vectors, tokens: Callable[[str], list[str]]) -> None:
        self.tokens = tokens
        self._real = real
        self._pick = np.random.default_rng(1)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        a, b, c = self._pick.integers(0, len(self._real), size=(3, len(texts)))
        vectors = self._real[a] + SPREAD * (self._real[b] - self._real[c])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def real_vectors(cache: Path) -> Vectors:
    with sqlite3.connect(cache) as db:
        return np.stack(
            [np.frombuffer(row[0], np.float32) for row in db.execute("SELECT vector FROM vectors")]
        )


def settings_in(home: Path) -> Settings:
    return Settings.from_env({"SURVEYQA_HOME": str(home), "SURVEYQA_OFFLINE": "1"})


def peak() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build(n: int, home: Path, source: Path) -> dict[str, Any]:
    """Build an index of `n` chunks in `home`; vectors and encoder are those of the home `source`."""
    import surveyqa.index.build as module

    settings, origin = settings_in(home), settings_in(source)
    fingerprint = model_hash(find_model(settings.model))
    encoder = settings.index / "encoders" / fingerprint
    if not encoder.exists():
        shutil.copytree(origin.index / "encoders" / fingerprint, encoder)
    real = real_vectors(origin.index / "cache" / f"{fingerprint}.sqlite")
    drawn = Drawn(real, OnnxEncoder(encoder).tokens)
    module._encoder = lambda *rest: (fingerprint, drawn)  # type: ignore[assignment,return-value]
    documents = list(made_documents(n))
    stages: dict[str, float] = {}
    last = ["chunking", time.perf_counter()]

    def progress(stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last[1]  # type: ignore[operator]
        last[:] = [stage, now]

    cpu, wall, before = time.process_time(), time.perf_counter(), peak()
    report = module.build_index(
        settings, documents, "survey", {}, progress, catalog=Catalog.load(settings.corpus)
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    folder = settings.index / (settings.index / "CURRENT").read_text().strip()
    sizes = {p.name: _size(p) for p in folder.iterdir()}
    chunks = report.manifest.chunks
    return {
        "chunks": chunks,
        "sentences": report.manifest.sentences,
        "build_s": round(wall, 1),
        "build_cpu_s": round(cpu, 1),
        "build_ms_per_chunk": round(wall / chunks * 1000, 3),
        "build_cpu_ms_per_chunk": round(cpu / chunks * 1000, 3),
        "stages_ms_per_chunk": {k: round(v / chunks * 1000, 3) for k, v in stages.items()},
        "build_memory_kb_per_chunk": round((peak() - before) * 1024 / chunks, 2),
        "build_peak_mb": round(peak()),
        "disk_kb_per_chunk": round(sum(sizes.values()) / 1024 / chunks, 2),
        "cache_kb_per_chunk": round(_size(settings.index / "cache") / 1024 / chunks, 2),
        "files_kb_per_chunk": {k: round(v / 1024 / chunks, 3) for k, v in sorted(sizes.items())},
    }


def _size(path: Path) -> int:
    return (
        path.stat().st_size
        if path.is_file()
        else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    )


class Asker:
    """Asks an open index for passages, with questions of words of its chunks."""

    def __init__(self, home: Path) -> None:
        from surveyqa.index import Index

        self.index = Index.open(settings_in(home))
        self.vectors = np.load(self.index.folder / "vectors.npy", mmap_mode="r")
        self._encode = self.index.encode
        self._pick = np.random.default_rng(2)
        self.wall: list[float] = []  # milliseconds of each question
        self.cpu: list[float] = []  # ... of all threads
        self.recall: list[float] = []

    def __call__(self, check: bool = False) -> None:
        """One question. check: compare its nearest chunks with those of a full search."""
        from surveyqa.answering.retrieval import Query, retrieve

        pick, index = self._pick, self.index
        position = int(pick.integers(len(index.chunks)))
        words = index.chunks[position].text.rstrip(".").split()
        question = "how does " + " ".join(str(w) for w in pick.choice(words, 5))
        other = int(pick.integers(len(self.vectors)))
        near = np.asarray(self.vectors[position]) + 0.4 * np.asarray(self.vectors[other])
        near = (near / np.linalg.norm(near)).astype(np.float32)

        def with_model(texts: Sequence[str]) -> Vectors:
            return np.stack([near] * len(self._encode(texts)))  # the model's time, a made question's vector

        index.encode = with_model  # type: ignore[method-assign]
        query = Query.plain(question)
        wall, cpu = time.perf_counter(), time.process_time()
        retrieve(index, query, 5)
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.cpu.append((time.process_time() - cpu) * 1000)
        if check:
            exact = {int(i) for i in np.argsort(-(self.vectors @ near))[:50]}
            self.recall.append(len({p for p, _ in index.nearest(near, 50)} & exact) / len(exact))

    def warm(self) -> None:
        for _ in range(WARM):
            self()
        self.wall.clear()
        self.cpu.clear()


def p(percent: float, values: Sequence[float]) -> float:
    return round(float(np.percentile(values, percent)), 2)


def ask(home: Path) -> dict[str, Any]:
    """Open the index in `home` and retrieve passages."""
    started, before = time.perf_counter(), peak()
    asker = Asker(home)
    opened, memory = time.perf_counter() - started, peak() - before
    asker.warm()
    for n in range(QUESTIONS):
        asker(check=n < 50)
    return {
        "open_s": round(opened, 2),
        "retrieve_p50_ms": p(50, asker.wall),
        "retrieve_p95_ms": p(95, asker.wall),
        "retrieve_cpu_p50_ms": p(50, asker.cpu),
        "recall_at_50": round(float(np.mean(asker.recall)), 4),
        "open_memory_kb_per_chunk": round(memory * 1024 / len(asker.index.chunks), 2),
        "ask_peak_mb": round(peak()),
        "trouble": asker.index.store_trouble,
    }


def side_by_side(homes: Sequence[Path]) -> dict[str, Any]:
    """The same process asks all indexes in turn, so that a busy machine slows each of them alike."""
    askers = [Asker(home) for home in homes]
    for asker in askers:
        asker.warm()
    for _ in range(QUESTIONS):
        for asker in askers:
            asker()
    first = askers[0]
    return {
        "sizes": [len(asker.index.chunks) for asker in askers],
        "p50_ms": [p(50, asker.wall) for asker in askers],
        "p95_ms": [p(95, asker.wall) for asker in askers],
        "cpu_p50_ms": [p(50, asker.cpu) for asker in askers],
        "p50_ratios": [round(p(50, asker.wall) / p(50, first.wall), 2) for asker in askers],
        "cpu_p50_ratios": [round(p(50, asker.cpu) / p(50, first.cpu), 2) for asker in askers],
    }


def model_time(source: Path, n: int = 128) -> dict[str, float]:
    """Milliseconds to embed one chunk and its sentences with the real model, as a build does, on made
    text."""
    encoder = OnnxEncoder(next((settings_in(source).index / "encoders").iterdir()))
    texts = [d.blocks[0].text for d in made_documents(n)]
    texts += [sentence for text in texts for sentence in text.split(". ")]
    encoder(texts[:1])
    started, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        encoder([text])
    return {
        "embed_ms_per_chunk": round((time.perf_counter() - started) / n * 1000, 2),
        "embed_cpu_ms_per_chunk": round((time.process_time() - cpu) / n * 1000, 2),
    }


def plot(figures: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = figures["sizes"]
    sizes = [row["chunks"] for row in rows]
    side = figures["side by side"]
    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7))
    embed = figures["model"]["embed_cpu_ms_per_chunk"]
    for axis, title, lines in (
        (
            axes[0][0],
            "build, CPU ms per chunk",
            {
                "with embedding": [row["build_cpu_ms_per_chunk"] + embed for row in rows],
                "without": [row["build_cpu_ms_per_chunk"] for row in rows],
            },
        ),
        (
            axes[0][1],
            "warm retrieval, times that of the smallest",
            {"p50": side["p50_ratios"], "p50 of CPU time": side["cpu_p50_ratios"]},
        ),
        (
            axes[1][0],
            "disk, KB per chunk",
            {
                "index": [r["disk_kb_per_chunk"] for r in rows],
                "embedding cache": [r["cache_kb_per_chunk"] for r in rows],
            },
        ),
        (
            axes[1][1],
            "peak memory, MB",
            {"build": [r["build_peak_mb"] for r in rows], "ask": [r["ask_peak_mb"] for r in rows]},
        ),
    ):
        for label, values in lines.items():
            axis.plot(side["sizes"] if "retrieval" in title else sizes, values, marker="o", label=label)
        axis.set_xscale("log")
        axis.set_ylim(bottom=0)
        axis.set_xlabel("chunks")
        axis.set_title(title)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 50_000, 200_000])
    arguments.add_argument("--out", type=Path, default=Path("growth.json"))
    arguments.add_argument("--home", type=Path, help="folder for the built indexes (default: beside --out)")
    arguments.add_argument("--source", type=Path, help="home with a built index (default: SURVEYQA_HOME)")
    arguments.add_argument("--keep", action="store_true", help="keep the built indexes")
    arguments.add_argument("--plot", type=Path, nargs=2, metavar=("JSON", "PNG"))
    arguments.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    args = arguments.parse_args()
    if args.plot:
        plot(json.loads(args.plot[0].read_text()), args.plot[1])
        return 0
    source = args.source or Settings.from_env().index.parent
    if args.step:
        what, n = args.step[0], int(args.step[1])
        home = args.home / str(n)
        result = {
            "build": lambda: build(n, home, source),
            "ask": lambda: ask(home),
            "side": lambda: side_by_side([args.home / str(size) for size in args.sizes]),
            "model": lambda: model_time(source),
        }[what]()
        print(json.dumps(result))
        return 0
    home = args.home or args.out.parent / "growth-homes"

    def step(what: str, n: int) -> Any:
        command = [
            sys.executable,
            __file__,
            "--home",
            str(home),
            "--source",
            str(source),
            "--sizes",
            *map(str, args.sizes),
            "--step",
            what,
            str(n),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    figures: dict[str, Any] = {"cpus": os.cpu_count(), "model": step("model", 0), "sizes": []}
    for n in args.sizes:
        shutil.rmtree(home / str(n), ignore_errors=True)
        figures["sizes"].append({**step("build", n), **step("ask", n)})
        print(json.dumps(figures["sizes"][-1]), flush=True)
        args.out.write_text(json.dumps(figures, indent=1))
    figures["side by side"] = step("side", 0)
    print(json.dumps(figures["side by side"]), flush=True)
    args.out.write_text(json.dumps(figures, indent=1))
    if not args.keep:
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
