"""`surveyqa eval`: how good the answers are, on question files and on BEIR corpora."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from surveyqa.errors import UsageError
from surveyqa.settings import Settings


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "eval",
        help="measure the quality of answers",
        description="Ask every question of the files (JSON lines with gold) and report evidence@5, keys in "
        "answer, lengths, "
        "abstention, sets; each share with its 95% interval, by language and kind.",
    )
    command.add_argument("files", nargs="*", type=Path, help="question files")
    command.add_argument(
        "--beir", type=Path, metavar="DIR", help="a corpus in BEIR's layout: nDCG@10 and recall@100"
    )
    command.add_argument(
        "--against", type=Path, metavar="FILE", help="an earlier report (--json) to compare with"
    )
    command.add_argument("--worst", type=int, default=0, metavar="N", help="print the N worst cases to read")
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    if not args.files and not args.beir:
        raise UsageError("name question files, or --beir DIR")
    settings = replace(settings, offline=True)
    if args.beir:
        return _beir(args.beir, settings, args.json)
    from tqdm import tqdm

    from surveyqa.cli.batch import read_rows
    from surveyqa.cli.setup import open_assistant
    from surveyqa.evaluation import evaluate

    rows = [row for file in args.files for _, row in read_rows(str(file))]
    for row in rows:
        if "id" not in row or not ("q" in row or ("turns" in row and "last" in row)):
            raise UsageError(f"a question has neither 'q' nor 'turns' and 'last': {json.dumps(row)[:80]}")
    assistant = open_assistant(settings)
    with tqdm(total=len(rows), file=sys.stderr, disable=not sys.stderr.isatty(), unit="question") as bar:
        report = evaluate(rows, assistant.ask, bar.update)
    if args.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
        return 0
    before = json.loads(args.against.read_text(encoding="utf-8"))["figures"] if args.against else {}
    print(f"{len(rows)} questions, generation {assistant.answerer.engine.generation}")
    for name, share in report.figures.items():
        old = (
            f"  before {before[name]['value']:.3f} ({share.value - before[name]['value']:+.3f})"
            if name in before
            else ""
        )
        print(f"{name:18} {share.value:.3f}  [{share.low:.2f}, {share.high:.2f}]  n={share.n}{old}")
    print("  ".join(f"{name} {value}" for name, value in report.lengths.items()))
    for group, shares in report.by.items():
        print(f"{group:22} " + "  ".join(f"{name} {share.value:.2f}" for name, share in shares.items()))
    bad = [j for j in report.judged if j.missing or j.answered != j.should_answer]
    for j in sorted(bad, key=lambda j: (j.answered == j.should_answer, -len(j.missing)))[: args.worst]:
        print(
            f"\n{j.id} [{j.kind}] {j.question}\n  "
            + ("; ".join(j.missing) or "answered, should not")
            + f"\n  {j.answer}"
        )
    return 0


def _beir(folder: Path, settings: Settings, as_json: bool) -> int:
    """Index a BEIR corpus aside, with the product's own index and retriever, and rank its test queries."""
    from surveyqa.answering.retrieval import Query, find_chunks
    from surveyqa.cli.setup import Bars
    from surveyqa.documents import Block, Document
    from surveyqa.evaluation import ndcg, read_beir, recall
    from surveyqa.index import Index
    from surveyqa.index.build import build_index

    corpus, queries, qrels = read_beir(folder)
    documents = [
        Document(key, "paper", title, (Block("paragraph", " ".join(text.split())),))
        for key, (title, text) in corpus.items()
    ]
    with tempfile.TemporaryDirectory() as aside:
        settings = replace(settings, index=Path(aside))
        with Bars() as bars:
            build_index(settings, documents, "survey", {}, bars, sentences=False)
        index = Index.open(settings)
        gains, recalls = [], []
        for query, grades in qrels.items():
            hits = find_chunks(index, Query.plain(queries[query]), 200)
            ranking = list(dict.fromkeys(index.chunks[hit.position].document for hit in hits))
            gains.append(ndcg(ranking, grades))
            recalls.append(recall(ranking, grades))
    result = {
        "corpus": folder.name,
        "queries": len(gains),
        "nDCG@10": round(sum(gains) / max(1, len(gains)), 4),
        "recall@100": round(sum(recalls) / max(1, len(recalls)), 4),
    }
    print(json.dumps(result) if as_json else "  ".join(f"{name} {value}" for name, value in result.items()))
    return 0
