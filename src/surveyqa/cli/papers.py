"""`surveyqa papers`: the paper list, filtered."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from surveyqa.settings import Settings


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "papers",
        help="filter the survey's paper list",
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
    formats = command.add_mutually_exclusive_group()
    for name, shown in (("json", "JSON"), ("csv", "CSV"), ("bibtex", "BibTeX")):
        formats.add_argument(f"--{name}", dest="how", action="store_const", const=name, help=f"print {shown}")
    command.set_defaults(run=run, how="table")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.catalog import Catalog, format_papers
    from surveyqa.errors import UsageError
    from surveyqa.index import catalog_folder

    catalog = Catalog.load(catalog_folder(settings))
    if args.category and not catalog.category(args.category):
        leaves = ", ".join(path[-1] for path in catalog.taxonomy.leaves[:6])
        raise UsageError(
            f"there is no category '{args.category}'. There are {leaves}, ... : surveyqa ask 'list the "
            f"categories'"
        )
    papers = catalog.filter(args.category, years(args.year), args.venue, args.text, args.has_code)
    print(format_papers(papers, args.how))
    if args.how == "table":
        print(f"{len(papers)} of {len(catalog.papers)} papers", file=sys.stderr)
    return 0 if papers else 3


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
