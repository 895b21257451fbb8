"""`surveyqa ask`: one question, one cited answer."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveyqa.errors import UsageError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.answering.contract import Answer, Source
    from surveyqa.understand.scope import Shelf

MAX_WORDS = 2000


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "ask",
        help="answer a question with citations",
        description="Answer a question, in English or Chinese. Each sentence is a quote of the source that "
        "its [n] names.",
    )
    command.add_argument("question", help="the question, in quotes; '-' reads it from stdin")
    command.add_argument(
        "--of", metavar="TITLE", help="ask one paper of your own alone: its title, a part of it, or its name"
    )
    add_answer_options(command)
    command.set_defaults(run=run)


def add_answer_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    command.add_argument("--sources", type=int, metavar="N", help="at most N sources (default 5)")
    add_llm_option(command)
    add_trace_option(command)
    command.add_argument(
        "--offline", action="store_true", help="allow no connection but to a configured model"
    )


def add_llm_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--llm",
        metavar="MODEL",
        help="write answers with a model, each sentence checked: http://HOST/v1#MODEL (any OpenAI-compatible "
        "server), ollama:MODEL, openai:MODEL, hf:MODEL; none is the default",
    )


def add_trace_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        help="append how each answer came about: one JSON object per question",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import apply, open_assistant
    from surveyqa.logs import TraceFile

    question = sys.stdin.read() if args.question == "-" else args.question
    question = check_question(question)
    trace = TraceFile(args.trace) if args.trace else None
    assistant = open_assistant(apply(args, settings))
    of = own_paper(assistant.shelf, args.of) if args.of else ""
    answer = (
        trace.ask(question, lambda: assistant.ask(question, of=of))
        if trace
        else assistant.ask(question, of=of)
    )
    if args.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False))
    else:
        print(render(answer))
    return 0 if answer.status == "answered" else 3


def own_paper(shelf: Shelf, name: str) -> str:
    """The key of the paper of the user's own that `name` means. Raises UsageError where it means none, or
    several."""
    found = shelf.titled(name)
    if len(found) == 1:
        return found[0].key
    titles = "; ".join(paper.title for paper in found or shelf.papers.values())
    if found:
        raise UsageError(f"--of '{name}' fits {len(found)} papers: {titles}. Give more of the title")
    raise UsageError(
        f"no paper of yours is called '{name}'; there are: {titles}"
        if titles
        else "you have added no paper yet. Add one: surveyqa index --add FILE.pdf"
    )


def check_question(question: str) -> str:
    """The question without surrounding space; raises UsageError where it cannot be one."""
    # bytes of a command line that are no text come as halves of surrogate pairs
    question = " ".join(question.encode("utf-8", "replace").decode().replace("\0", " ").split())
    if not question:
        raise UsageError('the question is empty. Type: surveyqa ask "what is prefix tuning"')
    if len(question.split()) > MAX_WORDS or len(question) > 20_000:
        raise UsageError(
            f"the question has {len(question.split())} words; at most {MAX_WORDS} are read. "
            "Ask for one thing, or put the text into a file and use: surveyqa verify FILE"
        )
    return question


def render(answer: Answer) -> str:
    """The answer and its sources for a terminal, wrapped to its width, coloured where that shows."""
    from surveyqa.cli.terminal import Page

    page = Page()
    for note in answer.notes:
        page.dim(note)
    if answer.table and answer.table["page"] is not None:
        page.table(answer.table)
    else:
        page.paragraph(answer.text)
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    if cited:
        page.heading("Sources")
    for source in (source for source in answer.sources if source.id in cited):
        page.item(f"[{source.id}]", _place(source, title=True), source.url)
        page.quote(source.quote)
        for paper in source.papers[:6] if source.kind != "catalog" else ():
            page.cited(f"{paper.title} ({paper.year})" if paper.year else paper.title, paper.url)
    beside = [source for source in answer.sources if source.id not in cited]
    if beside and answer.status == "answered" and answer.engine.generator != "catalog":
        page.heading("See also")
        for source in beside:
            page.item(f"[{source.id}]", _place(source, title=source.kind not in ("survey", "guide")), None)
    if answer.bibtex:
        page.heading("BibTeX")
        page.verbatim(answer.bibtex)
    if answer.suggestions:
        page.heading("Nearest in the survey")
    for suggestion in answer.suggestions:
        page.bullet(suggestion)
    return page.text()


def _place(source: Source, title: bool) -> str:
    parts = [source.title if title or not source.section else None]
    if source.section and source.section != source.title:
        parts.append(f"section {source.section}" if source.section[:1].isdigit() else source.section)
    parts.append(f"page {source.page}" if source.page else None)
    return ", ".join(part for part in parts if part)
