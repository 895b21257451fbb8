"""`surveyqa ask` without a question: a prompt whose questions may lean on those before."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from surveyqa.cli.ask import check_question, render, show_sources, split
from surveyqa.cli.terminal import Page, out
from surveyqa.errors import SurveyQAError

if TYPE_CHECKING:
    from surveyqa.answering.contract import Answer
    from surveyqa.assistant import Assistant
    from surveyqa.logs import TraceFile

HELP = """\
Ask in English or Chinese; a follow-up may say "it". Arrow up brings earlier questions back.
/sources   what each source of the last answer says, word for word
/more      passages that were found and not cited
/papers    the papers that the last answer lists, or that its sources cite
/quit      leave, like Ctrl-D"""


def converse(assistant: Assistant, kept: Path, trace: TraceFile | None) -> int:
    """Ask and answer until the person leaves; `kept` is the file of earlier questions."""
    from surveyqa.answering.answerer import turn_of

    _recall(kept)
    out("Type a question, /help or /quit.")
    answers: list[Answer] = []
    while True:
        try:
            typed = input("\n> ").strip()
        except EOFError:
            out("")
            return 0
        if typed in ("/quit", "/exit"):
            return 0
        page = Page()
        if typed.startswith("/"):
            _command(page, typed, answers[-1] if answers else None)
        elif typed:
            try:
                question = check_question(typed)
                turns = [turn_of(answer) for answer in answers]
                ask = partial(assistant.ask, question, turns)
                answers.append(trace.ask(question, ask) if trace else ask())
                page = render(answers[-1])
            except SurveyQAError as error:  # a server that is away ends no dialogue
                page.paragraph(str(error))
        page.print()


def _command(page: Page, name: str, last: Answer | None) -> None:
    if name not in ("/sources", "/more", "/papers"):
        return page.verbatim(HELP)
    if last is None:
        return page.paragraph("Nothing was answered yet: type a question first.")
    cited, beside = split(last)
    if name == "/sources":
        show_sources(page, "Sources", cited, quotes=True)
    elif name == "/more":
        show_sources(page, "See also", beside, quotes=True)
    else:
        listed = [(str(paper["title"]), paper["year"], paper["url"]) for paper in last.papers]
        behind = [(paper.title, paper.year, paper.url) for source in last.sources for paper in source.papers]
        for number, (title, year, url) in enumerate(dict.fromkeys(listed or behind), 1):
            page.line(f"{number}.", f"{title} ({year})" if year else title, url)
    if not page.text():
        page.paragraph("There is nothing to show.")


def _recall(kept: Path) -> None:
    """Earlier questions on arrow up, kept from one time to the next; only their asker can read the file."""
    try:
        import readline
    except ImportError:  # Windows: its console has a history of its own
        return
    import atexit

    def keep() -> None:
        with suppress(OSError):
            os.close(os.open(kept, os.O_CREAT | os.O_WRONLY, 0o600))
            readline.write_history_file(kept)

    with suppress(OSError):
        readline.read_history_file(kept)
    readline.set_history_length(500)
    atexit.register(keep)
