"""`surveyqa eval`: how good the answers are, on question files and on BEIR corpora."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from surveyqa.cli import options
from surveyqa.cli.terminal import out, out_json
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

DESCRIPTION = """\
Ask every question of the files (JSON lines with gold) and report evidence@5, keys in answer, lengths,
abstention, sets; each share with its 95% interval, by language and kind."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    eval = options.command(subparsers, run, "eval", "measure the quality of answers", DESCRIPTION)
    eval.add_argument("files", nargs="*", type=Path, help="question files")
    for name, metavar, text in (
        ("beir", "DIR", "a corpus in BEIR's layout: nDCG@10 and recall@100"),
        ("against", "FILE", "an earlier report (--json) to compare with"),
    ):
        eval.add_argument(f"--{name}", type=Path, metavar=metavar, help=text)
    eval.add_argument("--worst", type=int, default=0, metavar="N", help="print the N worst cases to read")
    options.share(eval, "json")


def run(args: argparse.Namespace, settings: Settings) -> int:
    if not args.files and not args.beir:
        raise UsageError("name question files, or --beir DIR")
    from surveyqa.cli.setup import Bars, open_assistant
    from surveyqa.evaluation import evaluate, rank_beir

    settings = replace(settings, offline=True)
    if args.beir:
        with Bars() as bars:
            figures = rank_beir(args.beir, settings, bars)
        if args.json:
            out_json(figures)
        else:
            out("  ".join(f"{name} {value}" for name, value in figures.items()))
        return 0
    from tqdm import tqdm

    from surveyqa.cli.batch import read_rows

    rows = [row for file in args.files for _, row in read_rows(str(file))]
    for row in rows:
        if "id" not in row or not ("q" in row or ("turns" in row and "last" in row)):
            raise UsageError(f"a question has neither 'q' nor 'turns' and 'last': {json.dumps(row)[:80]}")
    assistant = open_assistant(settings)
    with tqdm(total=len(rows), file=sys.stderr, disable=not sys.stderr.isatty(), unit="question") as bar:
        report = evaluate(rows, assistant.ask, bar.update)
    if args.json:
        out_json(report.to_dict())
        return 0
    before = json.loads(args.against.read_text(encoding="utf-8"))["figures"] if args.against else {}
    out(f"{len(rows)} questions, generation {assistant.answerer.engine.generation}")
    for name, share in report.figures.items():
        old = (
            f"  before {before[name]['value']:.3f} ({share.value - before[name]['value']:+.3f})"
            if name in before
            else ""
        )
        out(f"{name:18} {share.value:.3f}  [{share.low:.2f}, {share.high:.2f}]  n={share.n}{old}")
    out("  ".join(f"{name} {value}" for name, value in report.lengths.items()))
    for group, shares in report.by.items():
        out(f"{group:22} " + "  ".join(f"{name} {share.value:.2f}" for name, share in shares.items()))
    bad = [j for j in report.judged if j.missing or j.answered != j.should_answer]
    for j in sorted(bad, key=lambda j: (j.answered == j.should_answer, -len(j.missing)))[: args.worst]:
        out(
            f"\n{j.id} [{j.kind}] {j.question}\n  "
            + ("; ".join(j.missing) or "answered, should not")
            + f"\n  {j.answer}"
        )
    return 0
