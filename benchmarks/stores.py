"""Every question on the embedded store and on a real Chroma server: the answers must be the same.

    python benchmarks/stores.py tests/questions/*.jsonl --home HOME

HOME has a corpus and its vectors; it is copied twice and indexed anew, in the folder and on a `chroma run` on
loopback. A third and two thirds of the way the server is killed: each question meanwhile must end in one
clear error, and the questions after its restart, in the same process, must be answered as before. Prints one
JSON object; exits 1 where an answer differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from chroma_server import ChromaServer

from surveyqa.assistant import Assistant
from surveyqa.cli.setup import build
from surveyqa.errors import StoreError
from surveyqa.settings import Settings


def dialogues(files: Sequence[Path]) -> Iterator[list[str]]:
    """The turns of each line; one turn where it is a single question."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row.get("turns") or [row["q"]]


def answer(assistant: Assistant, turns: Sequence[str]) -> dict[str, Any]:
    row = assistant.ask(turns[-1], turns[:-1]).to_dict()
    del row["timings_ms"]
    return row


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("questions", type=Path, nargs="+")
    arguments.add_argument("--home", type=Path, required=True)
    args = arguments.parse_args()
    asked = list(dialogues(args.questions))
    counts: Counter[str] = Counter()
    differ: list[str] = []
    errors: set[str] = set()
    with tempfile.TemporaryDirectory() as folder, ChromaServer(Path(folder) / "chroma") as server:
        homes = []
        for name in ("embedded", "served"):
            homes.append(Settings.from_env({"SURVEYQA_HOME": f"{folder}/{name}", "SURVEYQA_OFFLINE": "1"}))
            shutil.copytree(args.home / "corpus", Path(folder) / name / "corpus")
            for part in ("cache", "encoders"):
                shutil.copytree(args.home / "index" / part, homes[-1].index / part)
        here, there = homes[0], replace(homes[1], chroma_url=server.url)
        build(here)
        report = build(there)
        embedded, served = Assistant.open(here), Assistant.open(there)
        kills = {len(asked) // 3, 2 * len(asked) // 3}
        times: dict[str, list[float]] = {"embedded": [], "served": []}
        for n, turns in enumerate(asked):
            if n in kills:
                server.kill()
                for text in (
                    "what is the carbon footprint of sparse routing",
                    "which cache is evicted first",
                ):
                    try:  # not asked before, so its vectors have to come from the server
                        served.ask(f"{text} {n}")
                        counts["answered without a server"] += 1
                    except StoreError as error:
                        counts["refused while it was away"] += 1
                        errors.add(str(error).replace(server.url, "URL"))
                server.start()
            rows = {}
            for name, assistant in (("embedded", embedded), ("served", served)):
                began = time.perf_counter()
                rows[name] = answer(assistant, turns)
                times[name].append((time.perf_counter() - began) * 1000)
            same = rows["embedded"] == rows["served"]
            counts["same" if same else "different"] += 1
            counts[rows["embedded"]["status"]] += 1
            if not same:
                differ.append(turns[-1])
    good = not differ and not counts["answered without a server"]
    result = {
        "questions": len(asked),
        "chunks": report.manifest.chunks,
        "embedded for the server": report.embedded,
        "counts": dict(counts),
        "different": differ[:10],
        "errors": sorted(errors),
        "p50_ms": {name: round(sorted(values)[len(values) // 2], 1) for name, values in times.items()},
        "good": good,
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
