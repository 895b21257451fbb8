"""`surveyqa search`: the passages nearest to a query, without an answer."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from surveyqa.cli.terminal import Page, out, out_json
from surveyqa.settings import Settings


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "search",
        help="find passages",
        description="The passages nearest to a query, best first, without an answer.",
    )
    command.add_argument("query", help="words to search for, in English or Chinese")
    command.add_argument("-n", "--number", type=int, default=5, metavar="N", help="how many (default 5)")
    command.add_argument("--json", action="store_true", help='print {"sources": [...]} as JSON')
    command.add_argument("--offline", action="store_true", help="allow no connection at all")
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.ask import check_question, place
    from surveyqa.cli.setup import apply, open_assistant
    from surveyqa.errors import UsageError

    if not 1 <= args.number <= 100:
        raise UsageError(f"-n {args.number}: give a number from 1 to 100")
    query = check_question(args.query)
    sources = open_assistant(apply(args, settings)).search(query, args.number)
    if args.json:
        out_json({"schema": 1, "sources": [asdict(source) for source in sources]})
        return 0 if sources else 3
    page = Page()
    for source in sources:
        where = source.section or source.title
        if source.kind == "paper":
            where = place(source)  # of which of several papers
        elif source.page:
            where += f", page {source.page}"
        page.item(f"[{source.id}]", where, source.url)
        page.quote(source.quote)
    out(page.text())
    return 0 if sources else 3
