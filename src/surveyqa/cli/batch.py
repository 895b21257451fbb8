"""`surveyqa batch`: questions as JSON lines in, answers as JSON lines out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from surveyqa.cli.ask import add_llm_option, add_trace_option
from surveyqa.errors import UsageError
from surveyqa.settings import Settings


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "batch",
        help="answer a file of questions (JSON lines)",
        description='Each line is {"id": ..., "q": "..."} or {"id": ..., "turns": ["q1", "q2"]}; '
        "one answer a line comes out, with that id, in order. For turns it is the last answer.",
    )
    command.add_argument("file", help="JSON lines; '-' is stdin")
    command.add_argument("--sources", type=int, metavar="N", help="at most N sources (default 5)")
    add_llm_option(command)
    add_trace_option(command)
    command.add_argument(
        "--offline", action="store_true", help="allow no connection but to a configured model"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.ask import check_question
    from surveyqa.cli.setup import apply, open_assistant
    from surveyqa.logs import TraceFile

    rows = list(read_questions(args.file))
    trace = TraceFile(args.trace) if args.trace else None
    assistant = open_assistant(apply(args, settings))
    from tqdm import tqdm

    for number, row in tqdm(rows, file=sys.stderr, disable=not sys.stderr.isatty(), unit="question"):
        turns = [check_question(turn) for turn in row.get("turns") or [row["q"]]]
        try:
            ask = partial(assistant.ask, turns[-1], turns[:-1])
            answer = trace.ask(turns[-1], ask) if trace else ask()
        except UsageError as error:
            raise UsageError(f"line {number}: {error}") from error
        print(json.dumps({"id": row["id"], **answer.to_dict()}, ensure_ascii=False), flush=True)
    return 0


def read_questions(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, row) of each line; raises UsageError, before any answer, where one is no question."""
    for number, row in read_rows(name):
        turns = row.get("turns")
        good = (
            all(isinstance(t, str) and t.strip() for t in turns) and turns
            if isinstance(turns, list)
            else row.get("q")
        )
        if "id" not in row or not good or not (turns or isinstance(row.get("q"), str)):
            raise UsageError(
                f'{name}, line {number}: a line is {{"id": ..., "q": "..."}} or {{"id": ..., "turns": [...]}}'
            )
        yield number, row


def read_rows(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line of a JSON-lines file."""
    try:
        lines = (sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {name} ({error}). Give a file of JSON lines, or '-' for stdin."
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{name}, line {number} is not JSON ({error})") from error
        if not isinstance(row, dict):
            raise UsageError(f"{name}, line {number} is not an object: {line[:40]}")
        yield number, row
