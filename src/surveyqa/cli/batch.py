"""`surveyqa batch`: questions as JSON lines in, answers as JSON lines out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out_json
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

DESCRIPTION = """\
Each line is {"id": ..., "q": "..."} or {"id": ..., "turns": ["q1", "q2"]}. One answer a line comes out,
with that id, in order; for turns it is the last answer."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    batch = command(subparsers, run, "batch", "answer a file of questions (JSON lines)", DESCRIPTION)
    batch.add_argument("file", help="JSON lines; '-' is stdin")
    share(batch, "sources", "llm", "trace", "offline")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.answering.contract import Answer
    from surveyqa.cli.ask import check_question
    from surveyqa.cli.setup import apply, open_assistant
    from surveyqa.logs import TraceFile

    rows = list(read_questions(args.file))
    trace = TraceFile(args.trace) if args.trace else None
    assistant = open_assistant(apply(args, settings))
    from tqdm import tqdm

    for row in tqdm(rows, file=sys.stderr, disable=not sys.stderr.isatty(), unit="question"):
        *before, last = row.get("turns") or [row["q"]]
        try:
            last = check_question(last)
            ask = partial(assistant.ask, last, [turn for turn in before if turn.strip()])
            answer = trace.ask(last, ask) if trace else ask()
        except UsageError as error:  # one that cannot be asked does not end the others
            answer = Answer(last, "no_answer", str(error), (), (), assistant.answerer.engine)
        out_json({"id": row["id"], **answer.to_dict()})
    return 0


def read_questions(name: str) -> Iterator[dict[str, Any]]:
    """The row of each line; raises UsageError, before any answer, where one has another form."""
    for number, row in read_rows(name):
        asked = row.get("turns") or [row.get("q")]
        if "id" not in row or not isinstance(asked, list) or not all(isinstance(q, str) for q in asked):
            raise UsageError(
                f'{name}, line {number}: a line is {{"id": ..., "q": "..."}} or {{"id": ..., "turns": [...]}}'
            )
        yield row


def read_rows(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line of a JSON-lines file."""
    yield from parse_rows(name, read_text(name))


def read_text(name: str) -> str:
    """What a file holds, or stdin; raises UsageError where it is no text."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"cannot read {name} ({why}). Give a file of text, or '-' for stdin.") from error


def parse_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line of `text`."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{name}, line {number} is not JSON ({error})") from error
        if not isinstance(row, dict):
            raise UsageError(f"{name}, line {number} is not an object: {line[:40]}")
        yield number, row
