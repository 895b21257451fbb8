"""`surveyqa papers`: the paper list, filtered."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from surveyqa.cli.terminal import Page, out, say
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.answering.own import OwnDocument
    from surveyqa.catalog import Paper

SORTS: Mapping[str, Callable[[Paper], Any]] = {
    "newest": lambda paper: (-(paper.year or 0), paper.title.casefold()),
    "title": lambda paper: paper.title.casefold(),
    "venue": lambda paper: ((paper.venue or "~").casefold(), -(paper.year or 0)),
}
ADD_ONE = "you have added no paper yet. Add one: surveyqa index --add FILE.pdf"


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "papers",
        help="filter the survey's paper list, or list the papers that you added",
        description="Papers of the survey's list that meet every condition given; all of them without any.",
        epilog='example:\n  surveyqa papers --category "weight-only quantization" --year 2023 --bibtex',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--category", metavar="NAME", help='at any depth, like "Knowledge Distillation"')
    command.add_argument("--year", metavar="Y", help="2023, or a range: 2023-2024, 2024-, -2021")
    command.add_argument("--venue", help='like ICLR, "NeurIPS", arXiv')
    command.add_argument("--text", help="words that stand in the title")
    command.add_argument(
        "--has-code", action=argparse.BooleanOptionalAction, help="with, or without, a link to code"
    )
    command.add_argument(
        "--sort", choices=SORTS, help="the newest first, or by title or venue; else as listed"
    )
    command.add_argument("--limit", type=int, metavar="N", help="the first N of them only")
    command.add_argument("--mine", action="store_true", help="the papers that you added, with what they hold")
    formats = command.add_mutually_exclusive_group()
    for name, shown in (("json", "JSON"), ("csv", "CSV"), ("bibtex", "BibTeX")):
        formats.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=f"print {shown}")
    command.set_defaults(run=run, how="table")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.catalog import Catalog, format_papers
    from surveyqa.errors import UsageError
    from surveyqa.index import catalog_folder

    if args.mine:
        return run_mine(args, settings)
    catalog = Catalog.load(catalog_folder(settings))
    if args.category and not catalog.category(args.category):
        leaves = ", ".join(path[-1] for path in catalog.taxonomy.leaves[:6])
        raise UsageError(
            f"there is no category '{args.category}'. There are {leaves}, ... : surveyqa ask 'list the "
            f"categories'"
        )
    if args.limit is not None and args.limit < 1:
        raise UsageError("--limit takes a number from 1 up")
    papers = catalog.filter(args.category, years(args.year), args.venue, args.text, args.has_code)
    if args.sort:
        papers = tuple(sorted(papers, key=SORTS[args.sort]))
    show(format_papers(papers[: args.limit], args.how), args.how)
    if args.how == "table" and len(papers) > (args.limit or len(papers)):
        say(f"{len(papers)} papers in all; without --limit all are shown")
    return 0 if papers else 3


def run_mine(args: argparse.Namespace, settings: Settings) -> int:
    """Print the papers that were added, those that meet the conditions which such papers have."""
    from surveyqa.answering.own import OwnDocument
    from surveyqa.errors import UsageError
    from surveyqa.index import Index

    if args.category or args.venue or args.has_code is not None:
        raise UsageError("--category, --venue and --has-code are of the survey's list, not of --mine")
    first, last = years(args.year) or (None, None)
    index = Index.open(settings)
    keys = [key for key, row in index.documents.items() if row["kind"] == "paper"]
    papers = [
        paper
        for paper in (OwnDocument(index, key) for key in keys)
        if (first is None or (paper.year or 0) >= first)
        and (last is None or (paper.year or last + 1) <= last)
        and (not args.text or args.text.lower() in paper.title.lower())
    ]
    show(format_own(papers, args.how), args.how)
    if args.how == "table":
        say(f"{len(papers)} of {len(keys)} papers of yours" if keys else ADD_ONE)
    return 0 if papers else 3


def show(text: str, how: str) -> None:
    """Print papers in one of the formats, whose text ends its last line itself."""
    out(text, end="", keep="\r\n" if how == "csv" else "\n")


def format_own(papers: Sequence[OwnDocument], how: str) -> str:
    """Added papers as a "table" of lines, "json", "csv" or "bibtex"."""
    if how == "bibtex":
        return "\n".join(paper.bibtex for paper in papers)
    rows = [
        {
            "name": paper.key.removeprefix("paper:"),
            "title": paper.title,
            "authors": paper.authors,
            "year": paper.year,
            "pages": paper.pages,
            "sections": list(paper.sections),
            "tables": sorted(number for kind, number in paper.floats if kind == "table"),
            "figures": sorted(number for kind, number in paper.floats if kind == "figure"),
        }
        for paper in papers
    ]
    from surveyqa.catalog.formats import csv_of

    if how == "json":
        return json.dumps({"total": len(rows), "papers": rows}, ensure_ascii=False, indent=1) + "\n"
    if how == "csv":
        return csv_of(rows, list(rows[0])) if rows else ""
    page = Page()
    for paper in papers:
        known = ", ".join(str(x) for x in (paper.authors, paper.year) if x)
        held = f"pages: {paper.pages}, sections: {len(paper.sections)}" + (f" ({known})" if known else "")
        page.item(paper.key.removeprefix("paper:"), f"{paper.title}: {held}", None)
    return page.text() + "\n" if papers else ""


def years(text: str | None) -> tuple[int | None, int | None] | None:
    """(first, last) of "2023", "2023-2024", "2024-" or "-2021"; None without any."""
    from surveyqa.errors import UsageError

    if text is None:
        return None
    first, dash, last = text.strip().partition("-")
    try:
        low = int(first) if first else None
        return (low, low) if not dash else (low, int(last) if last else None)
    except ValueError as error:
        raise UsageError(
            f"--year {text}: give a year or a range, like 2023, 2023-2024, 2024-, -2021"
        ) from error
