"""`surveyqa ask`: one question and its cited answer, or a prompt for many."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import Page, out, out_json, say
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyqa.answering.contract import Answer, Source
    from surveyqa.understand.scope import Shelf

MAX_WORDS, MAX_CHARACTERS = 2000, 20_000
EXPORTS = ("markdown", "bibtex", "ris", "csl")

DESCRIPTION = """\
Answer a question, in English or Chinese. Each [n] names the source of its sentence.
Without a question, a prompt remembers what was asked before."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    ask = command(subparsers, run, "ask", "answer a question with citations", DESCRIPTION)
    ask.add_argument("question", nargs="*", help="the question; '-' reads it from stdin")
    ask.add_argument("--of", metavar="TITLE", help="ask one paper of your own alone, by its title")
    shown = ask.add_mutually_exclusive_group()
    shown.add_argument("--brief", action="store_true", help="print the answer without its sources")
    share(shown, "quotes", "json")
    shown.add_argument("--export", choices=EXPORTS, help="print the answer, or what it cites, for a paper")
    share(ask, "sources", "llm", "trace", "offline")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import apply, open_assistant
    from surveyqa.logs import TraceFile

    settings = apply(args, settings)
    trace = TraceFile(args.trace) if args.trace else None
    if not args.question and sys.stdin.isatty() and not (args.json or args.export):
        from surveyqa.cli.prompt import converse

        return converse(open_assistant(settings), settings.index / "questions", trace)
    typed = " ".join(args.question)
    question = check_question(sys.stdin.read() if typed in ("", "-") else typed)
    assistant = open_assistant(settings)
    of = own_paper(assistant.shelf, args.of) if args.of else ""
    asked = partial(assistant.ask, question, of=of)
    answer = trace.ask(question, asked) if trace else asked()
    if args.json:
        out_json(answer.to_dict())
    elif args.export:
        from surveyqa.chat.export import file
        from surveyqa.chat.live import Turn

        turn = Turn(question, (), answer.to_dict())
        out(file([turn], args.export, assistant.answerer.profile)["text"], end="")
    elif args.brief:
        for note in answer.notes:
            say(note)
        out(answer.text)
    else:
        render(answer, args.quotes).print()
    return 0 if answer.status == "answered" else 3


def own_paper(shelf: Shelf, name: str) -> str:
    """The key of the paper of the user's own that `name` means. Raises UsageError where it means none, or
    several."""
    found = shelf.titled(name)
    if len(found) == 1:
        return found[0].key
    if not shelf.papers:
        raise UsageError("you have added no paper yet. Add one: surveyqa index --add FILE.pdf")
    if found:
        names = ", ".join(paper.key.removeprefix("paper:") for paper in found)
        raise UsageError(f"--of '{name}' fits {len(found)} papers; name one of: {names}")
    raise UsageError(f"no paper of yours is called '{name}'. See them: surveyqa papers --mine")


def check_question(question: str) -> str:
    """The question without surrounding space; raises UsageError where it cannot be one."""
    # bytes of a command line that are no text come as halves of surrogate pairs
    question = " ".join(question.encode("utf-8", "replace").decode().replace("\0", " ").split())
    if not question:
        raise UsageError('the question is empty. Type: surveyqa ask "what is prefix tuning"')
    for count, most, unit in (
        (len(question.split()), MAX_WORDS, "words"),
        (len(question), MAX_CHARACTERS, "characters"),
    ):
        if count > most:
            raise UsageError(
                f"the question has {count} {unit}; at most {most} are read. "
                "Ask for one thing, or put the text into a file and use: surveyqa verify FILE"
            )
    return question


def render(answer: Answer, quotes: bool = False) -> Page:
    """The answer and its sources for a terminal; with `quotes` what they say, and those beside them."""
    page = Page()
    for note in answer.notes:
        page.dim(note)
    if answer.table and answer.table["page"] is not None:
        page.table(answer.table)
    else:
        page.paragraph(answer.text)
    if answer.bibtex:
        page.verbatim(answer.bibtex)
    if answer.suggestions:
        page.heading("Nearest in the survey")
    for suggestion in answer.suggestions:
        page.bullet(suggestion)
    cited, beside = split(answer)
    show_sources(page, "Sources", cited, quotes)
    if quotes and answer.status == "answered" and answer.engine.generator != "catalog":
        show_sources(page, "See also", beside)
    return page


def split(answer: Answer) -> tuple[list[Source], list[Source]]:
    """The sources that the answer cites, and those that were found beside them."""
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    return (
        [source for source in answer.sources if source.id in cited],
        [source for source in answer.sources if source.id not in cited],
    )


def show_sources(page: Page, heading: str, sources: Sequence[Source], quotes: bool = False) -> None:
    """A line a place; with `quotes` each source with what it says, and the papers that it cites."""
    if sources:
        page.heading(heading)
    places: dict[tuple[str, str | None], str] = {}
    for source in sources:
        if not quotes:
            where = (place(source, short=True), source.url)
            places[where] = f"{places.get(where, '')}[{source.id}]"
            continue
        page.item(f"[{source.id}]", place(source), source.url)
        page.quote(source.quote)
        for paper in source.papers[:6] if source.kind != "catalog" else ():
            page.cited(f"{paper.title} ({paper.year})" if paper.year else paper.title, paper.url)
    for (name, url), marks in places.items():
        page.line(marks, name, url)


def place(source: Source, short: bool = False) -> str:
    """Where a source is: title, page, section; short: the section's number and last name."""
    section = source.section if source.section != source.title else None
    if section and short:
        number, name = section.split(" ")[0], section.rpartition(" > ")[2]
        if number[:1].isdigit():  # a page of the guide is named like its section
            name = name.removeprefix(f"{number} ")
            section = number if source.title.endswith(name) else f"{number} {name}"
        else:
            section = name
    if section and section[:1].isdigit():
        section = f"section {section}"
    if source.kind == "abstract":
        section = "abstract"
    return ", ".join(filter(None, (source.title, f"page {source.page}" if source.page else "", section)))
