"""`surveyqa index`: build the index of the corpus that is here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out, out_json, say
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.index.build import BuildReport

DESCRIPTION = "Index the corpus: the survey and abstracts if they were fetched, else the starter guide."


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    index = command(subparsers, run, "index", "build the index, only what changed", DESCRIPTION)
    index.add_argument("--rebuild", action="store_true", help="embed everything anew, from nothing")
    index.add_argument("--add", type=Path, metavar="FILE.pdf", help="add a paper of yours, then index")
    index.add_argument("--title", help="of the paper that --add names (else guessed)")
    index.add_argument("--authors", help="of the paper that --add names")
    index.add_argument("--year", type=int, help="of the paper that --add names")
    index.add_argument("--drop", metavar="NAME", help="take out a paper that was added, by name or title")
    index.add_argument(
        "--unproved", action="store_true", help="list the statements of the guide that are not shown, and why"
    )
    share(index, "json")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import build
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
    if args.json:
        out_json(report_json(report))
        return 0
    out(report_line(report))
    for page, statement, why in report.unproved if args.unproved else ():
        out(f"{page.file}.md: {statement.text} ({why.value})")
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
