"""The command line. Results go to stdout, everything else to stderr.

Exit codes: 0 answered or done, 3 no answer, 1 failure, 2 wrong usage. Each command is a module here with
`add(subparsers)` and `run(args, settings)`; nothing heavy is imported before `run`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from surveyqa import __version__
from surveyqa.cli import ask, batch, chat, completion, diff, doctor, eval, index, mcp, papers, search, sync

from surveyqa.cli import update, verify  # isort: skip
from surveyqa.cli.terminal import say
from surveyqa.errors import SurveyQAError, UsageError
from surveyqa.logs import configure
from surveyqa.settings import Settings

COMMANDS = (
    *(ask, batch, search, papers, verify, sync, index, update),
    *(diff, chat, mcp, eval, doctor, completion),
)

DESCRIPTION = """\
Cited answers from "Efficient Large Language Models: A Survey" and the papers on its list.
It needs no key, no server and no network. Each sentence of an answer names its source."""

EPILOG = """\
examples:
  surveyqa ask "what is prefix tuning"
  surveyqa ask "SmoothQuant 是怎么解决激活难量化的?"
  surveyqa ask "how does Medusa differ from speculative decoding" --json
  surveyqa update                        fetch the originals, index them, say what changed
  surveyqa ask                           a prompt that remembers what you asked before
  surveyqa chat                          ask in the browser; see each quote on its page

environment: SURVEYQA_HOME (corpus and index), SURVEYQA_OFFLINE=1, SURVEYQA_MODEL, SURVEYQA_LLM,
             SURVEYQA_CHROMA_URL, SURVEYQA_EMBED_URL (docs/server.md), SURVEYQA_LOG=info, NO_COLOR
exit codes:  0 answered, 3 the survey does not say, 1 failure, 2 wrong usage"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the command or option that was probably meant."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{'' if message.endswith('?') else '.'} See: {self.prog} --help")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Every option must be known here; words after an option still belong to a question."""
        known, left = super().parse_known_args(args, namespace)
        for word in left:
            if word.startswith("-") and word != "-":
                self.error(f"there is no option {word}{near(word, self._option_string_actions)}")
        if isinstance(getattr(known, "question", None), list):
            known.question += left
        elif left:
            self.error(f"'{' '.join(left)}' has no place here; put quotes around words that belong together")
        return known, []


def near(word: str, names: Iterable[str]) -> str:
    """The closest of `names` as a question, where one is close."""
    close = get_close_matches(word.partition("=")[0], list(names), 1)
    return f". Did you mean {close[0]}?" if close else ""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
        prog="surveyqa",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"surveyqa {__version__}")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in COMMANDS:
        command.add(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error becomes one line here, and nowhere else."""
    _open_streams()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except SurveyQAError as error:
        say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, ImportError) as error:
        # Ctrl-C while a compiled module is loaded comes as an ImportError
        if not isinstance(error.__cause__ or error, KeyboardInterrupt):
            raise
        say("stopped")
        return 130
    except OSError as error:
        # what is left in the buffer would be tried again, and fail again, as Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):  # the reader of our output has seen enough
            return 0
        say(f"cannot use {error.filename or 'the output'} ({error.strerror or error})")
        return 1


def _run(argv: list[str]) -> int:
    top = parser()
    if not argv:
        top.print_help()
        return 0
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    if not argv[0].startswith("-") and argv[0] not in names:
        raise UsageError(
            f"there is no command '{argv[0]}'{near(argv[0], names) or '.'} To ask: surveyqa ask QUESTION"
        )
    try:
        args = top.parse_args(argv)
    except SystemExit as stop:  # after --help or --version
        return int(stop.code or 0)
    configure(os.environ)
    code: int = args.run(args, Settings.from_env())
    return code


def _open_streams() -> None:
    """Pipes carry UTF-8 whatever the locale; a terminal that lacks a character shows its number.

    Bytes on stdin that are no UTF-8 are read as U+FFFD. A stream that the shell has closed is the null
    device: the next file to be opened would take its number, and be written to.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
            stream = open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
        if reconfigure := getattr(stream, "reconfigure", None):
            errors = "replace" if number == 0 else "backslashreplace"
            reconfigure(encoding=None if stream.isatty() else "utf-8", errors=errors)
