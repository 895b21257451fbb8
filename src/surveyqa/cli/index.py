"""`surveyqa index`: build the index of the corpus that is here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.index.build import BuildReport


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "index",
        help="build the index, only what changed",
        description="Read the corpus (the originals if they were fetched, else the starter guide) and index "
        "it.",
    )
    command.add_argument("--rebuild", action="store_true", help="embed everything anew, from nothing")
    command.add_argument(
        "--add", type=Path, metavar="FILE.pdf", help="add a paper of yours to the corpus, then index"
    )
    command.add_argument("--title", help="of the paper that --add names (else guessed)")
    command.add_argument("--authors", help="of the paper that --add names")
    command.add_argument("--year", type=int, help="of the paper that --add names")
    command.add_argument("--drop", metavar="NAME", help="take a paper that was added out again, then index")
    command.add_argument(
        "--unproved", action="store_true", help="list the statements of the guide that are not shown, and why"
    )
    command.add_argument("--json", action="store_true", help="print what was done as one JSON object")
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import build, say
    from surveyqa.errors import UsageError

    if not args.add and (args.title or args.authors or args.year):
        raise UsageError("--title, --authors and --year belong to --add FILE.pdf")
    if args.add:
        from surveyqa.documents.added import add_paper

        document = add_paper(
            args.add, settings.downloads, title=args.title, authors=args.authors, year=args.year
        )
        say(
            f"added '{document.title}', {document.page_count} pages; take it out again: surveyqa index "
            f"--drop {document.key[6:]}"
        )
        for warning in document.warnings:
            say(warning)
    if args.drop:
        from surveyqa.documents.added import drop_paper

        drop_paper(args.drop, settings.downloads)
    report = build(settings, rebuild=args.rebuild)
    print(json.dumps(report_json(report)) if args.json else report_line(report))
    if args.unproved and not args.json:
        for page, statement, why in report.unproved:
            print(f"{page.file}.md: {statement.text} ({why.value})")
    return 0


def report_line(report: BuildReport) -> str:
    manifest = report.manifest
    return (
        f"{manifest.generation}: {manifest.documents} documents, {manifest.chunks} chunks "
        f"({report.embedded} embedded, {report.added} new, {report.removed} gone)"
        + (f"; {len(report.unproved)} statements not shown: --unproved" if report.unproved else "")
    )


def report_json(report: BuildReport) -> dict[str, Any]:
    manifest = report.manifest
    return {
        "generation": manifest.generation,
        "corpus": manifest.corpus,
        "documents": manifest.documents,
        "chunks": manifest.chunks,
        "embedded": report.embedded,
        "added": report.added,
        "removed": report.removed,
        "unproved": [[page.file, statement.text, why.value] for page, statement, why in report.unproved],
    }
