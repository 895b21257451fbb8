"""A cold `surveyqa ask` against LlamaIndex + HuggingFaceEmbedding + Chroma, same model, same chunks.

    pip install -e ".[bench]" && surveyqa index && python benchmarks/cold_ask.py [--runs 5]

`--plot cold_ask.png` draws it.

Both are whole processes, run in turn; what is printed is the ratio of median wall times and of peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "what is prefix tuning"

USUAL = """
import sys
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.settings import Settings
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
import chromadb

store, model, question = sys.argv[1:]
Settings.llm = None
embedding = HuggingFaceEmbedding(model_name=model, device="cpu")
collection = chromadb.PersistentClient(store,
    settings=chromadb.Settings(anonymized_telemetry=False)).get_collection("chunks")
index = VectorStoreIndex.from_vector_store(ChromaVectorStore(chroma_collection=collection),
    embed_model=embedding)
for hit in index.as_retriever(similarity_top_k=5).retrieve(question):
    print(round(hit.score, 3), hit.node.get_content()[:100])
"""

BUILD = """
import sys
import chromadb
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
from surveyqa.index import Index
from surveyqa.settings import Settings

store, model = sys.argv[1:]
chunks = Index.open(Settings.from_env()).chunks
nodes = [TextNode(id_=c.id, text=c.text, metadata={"section": c.section or ""}) for c in chunks]
collection = chromadb.PersistentClient(store,
    settings=chromadb.Settings(anonymized_telemetry=False)).create_collection("chunks")
storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
VectorStoreIndex(nodes, storage_context=storage, embed_model=HuggingFaceEmbedding(model_name=model,
    device="cpu"))
"""


def measure(command: list[str]) -> tuple[float, float]:
    """(seconds, peak MB) of one run; raises CalledProcessError where it fails."""
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            out.seek(0)
            sys.exit(f"{command[:3]} failed:\n{out.read().decode()[-2000:]}")
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plot", type=Path, help="write a plot to this PNG")
    args = parser.parse_args()
    from surveyqa.embedding.encoders import find_model

    model = str(find_model("all-MiniLM-L6-v2"))
    os.environ |= {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "SURVEYQA_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store")
        subprocess.run([sys.executable, "-c", BUILD, store, model], check=True, stdout=subprocess.DEVNULL)
        commands = {
            "surveyqa": [sys.executable, "-m", "surveyqa", "ask", QUESTION, "--json"],
            "usual stack": [sys.executable, "-c", USUAL, store, model, QUESTION],
        }
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for n in range(args.runs + 1):
            for name, command in commands.items():
                result = measure(command)
                if n:  # the first of each warms the disk cache
                    runs[name].append(result)
    seconds = {name: statistics.median(s for s, _ in values) for name, values in runs.items()}
    memory = {name: statistics.median(m for _, m in values) for name, values in runs.items()}
    for name, values in runs.items():
        print(
            f"{name:12} {seconds[name]:6.2f} s  {memory[name]:6.0f} MB   "
            f"{json.dumps([round(s, 2) for s, _ in values])}"
        )
    print(
        f"ratio        {seconds['usual stack'] / seconds['surveyqa']:6.2f} x "
        f"{memory['usual stack'] / memory['surveyqa']:6.2f} x"
    )
    if args.plot:
        plot(args.plot, seconds, memory)


def plot(path: Path, seconds: dict[str, float], memory: dict[str, float]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(8, 2.4))
    for axis, values, unit in (
        (axes[0], seconds, "s, cold start to answer"),
        (axes[1], memory, "MB, peak memory"),
    ):
        bars = axis.barh(list(values), list(values.values()), color=["#2f6f4f", "#b0b0b0"])
        axis.bar_label(bars, fmt="%.1f" if max(values.values()) < 100 else "%.0f", padding=3)
        axis.set_xlabel(unit)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.15)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
