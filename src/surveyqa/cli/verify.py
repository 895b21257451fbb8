"""`surveyqa verify`: check claims, or every sentence of a draft, against the survey."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out, out_json, say
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.answering.verification import Finding

DESCRIPTION = """\
FILE is a draft in Markdown, of which each sentence is checked, or holds claims, one a line:
{"id": ..., "claim": "...", "passage": "..."}. Without a passage, a claim is checked against what the
survey and the abstracts say of it."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    verify = command(subparsers, run, "verify", "check claims, or a draft, against the survey", DESCRIPTION)
    verify.add_argument("file", help="a draft or claims; '-' is stdin")
    shown = verify.add_mutually_exclusive_group()
    share(shown, "quotes", "json")
    verify.add_argument("--strict", action="store_true", help="exit with 1 where something is contradicted")
    share(verify, "offline")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.answering.verification import verify, verify_against
    from surveyqa.cli.setup import apply, open_assistant

    rows, skipped = read(args.file)
    alone = any(passage is None for _, _, passage in rows)
    assistant = open_assistant(apply(args, settings)) if alone else None
    counts: Counter[str] = Counter()
    for name, claim, passage in rows:
        if passage is not None:
            finding = verify_against(claim, passage)
        else:
            assert assistant is not None
            finding = verify(assistant, claim)
        counts[finding.verdict.replace("_", " ")] += 1
        if args.json:
            out_json({"id": name, **finding.to_dict()})
        else:
            show(name, finding, args.quotes)
    if not args.json:
        say(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())) or "nothing to check")
        if skipped:
            say("not checked: " + "; ".join(f"line {at}, {why}" for at, why in skipped))
    return 1 if args.strict and counts["contradicted"] else 0


def show(name: Any, finding: Finding, quotes: bool) -> None:
    """A line: the claim, its verdict, and where that is said or what is against it."""
    from surveyqa.cli.ask import place

    where = place(finding.evidence, short=True) if finding.evidence else ""
    why = where if finding.verdict == "supported" else "; ".join(finding.reasons[:1])
    out(f"{name}: {finding.verdict.replace('_', ' ')}: {finding.claim}" + (f" ({why})" if why else ""))
    if quotes and finding.evidence:
        out(f'    {where}: "{finding.evidence.quote}"')


def read(name: str) -> tuple[list[tuple[Any, str, str | None]], list[tuple[int, str]]]:
    """(id, claim, passage) of each line of claims or sentence of a draft; and (line, why) of what is neither.

    Which of both a file is, its beginning says: claims are objects of JSON.
    """
    from surveyqa.answering.verification import claims_of
    from surveyqa.cli.batch import parse_rows, read_text

    text = read_text(name)
    if not re.match(r'\s*\{\s*"', text):
        parts = list(claims_of(text))
        return (
            [(f"line {line}", sentence, None) for line, sentence, why in parts if not why],
            [(line, why) for line, _, why in parts if why],
        )
    rows: list[tuple[Any, str, str | None]] = []
    for number, row in parse_rows(name, text):
        claim, passage = row.get("claim"), row.get("passage")
        good = isinstance(claim, str) and claim.strip() and isinstance(passage, (str, type(None)))
        if "id" not in row or not good:
            raise UsageError(
                f'{name}, line {number}: a line is {{"id": ..., "claim": "...", "passage": "..."}}'
            )
        rows.append((row["id"], str(claim), passage))
    return rows, []
