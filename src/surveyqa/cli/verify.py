"""`surveyqa verify`: check claims, or every sentence of a draft, against the survey."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from surveyqa.errors import UsageError
from surveyqa.settings import Settings


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "verify",
        help="check claims, or a draft, against the survey",
        description='FILE.jsonl holds lines {"id": ..., "claim": "...", "passage": "..."}; without a passage '
        "the evidence is "
        "searched. Any other FILE is a draft in Markdown: each of its sentences is checked.",
    )
    command.add_argument("file", help="claims (JSON lines), a draft (Markdown), or '-' for claims on stdin")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.add_argument("--offline", action="store_true", help="allow no connection at all")
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.answering.verification import claims_of, verify, verify_against
    from surveyqa.cli.batch import read_rows
    from surveyqa.cli.setup import apply, open_assistant

    rows: list[tuple[Any, str, str | None]] = []
    if args.file == "-" or args.file.endswith((".jsonl", ".ndjson")):
        for number, row in read_rows(args.file):
            claim, passage = row.get("claim"), row.get("passage")
            if (
                "id" not in row
                or not isinstance(claim, str)
                or not claim.strip()
                or not isinstance(passage, (str, type(None)))
            ):
                raise UsageError(
                    f'{args.file}, line {number}: a line is {{"id": ..., "claim": "...", "passage": "..."}}'
                )
            rows.append((row["id"], claim, passage))
    else:
        try:
            draft = Path(args.file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"cannot read {args.file} ({error}). Give a Markdown draft or claims as .jsonl."
            ) from error
        rows = [(f"line {line}", sentence, None) for line, sentence in claims_of(draft)]
    alone = any(passage is None for _, _, passage in rows)
    assistant = open_assistant(apply(args, settings)) if alone else None
    counts: dict[str, int] = {}
    for name, claim, passage in rows:
        if passage is not None:
            finding = verify_against(claim, passage)
        else:
            assert assistant is not None
            finding = verify(assistant, claim)
        counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
        if args.json:
            print(json.dumps({"id": name, **finding.to_dict()}, ensure_ascii=False), flush=True)
            continue
        print(f"{name}: {finding.verdict.replace('_', ' ')}: {claim}")
        for reason in finding.reasons[:2]:
            print(f"    {reason}")
        if finding.evidence:
            place = (
                f"section {finding.evidence.section}" if finding.evidence.section else finding.evidence.title
            )
            page = f", page {finding.evidence.page}" if finding.evidence.page else ""
            print(f'    {place}{page}: "{finding.evidence.quote}"')
    if not args.json:
        print(
            ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in sorted(counts.items()))
            or "no claims",
            file=sys.stderr,
        )
    return 0
