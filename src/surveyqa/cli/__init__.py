"""The command line. Results go to stdout, everything else to stderr.

Exit codes: 0 answered or done, 3 no answer, 1 failure, 2 wrong usage. Each command is a module here with
`add(subparsers)` and `run(args, settings)`; nothing heavy is imported before `run`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from surveyqa import __version__
from surveyqa.cli import (
    ask,
    batch,
    chat,
    completion,
    diff,
    doctor,
    eval,
    index,
    mcp,
    papers,
    search,
    sync,
    update,
    verify,
)  # fmt: skip
from surveyqa.errors import SurveyQAError
from surveyqa.logs import configure
from surveyqa.settings import Settings

COMMANDS = (
    ask,
    batch,
    search,
    papers,
    verify,
    sync,
    index,
    update,
    diff,
    chat,
    mcp,
    eval,
    doctor,
    completion,
)

DESCRIPTION = """\
Cited answers from "Efficient Large Language Models: A Survey" and the papers on its list.
No key, no server, no network: every sentence of an answer stands on quotes that you can check."""

EPILOG = """\
examples:
  surveyqa ask "what is prefix tuning"
  surveyqa ask "SmoothQuant 是怎么解决激活难量化的?"
  surveyqa ask "how does Medusa differ from speculative decoding" --json
  surveyqa update                        fetch the originals, index them, say what changed
  surveyqa chat                          ask in the browser, see each quote on its page

environment: SURVEYQA_HOME (corpus and index), SURVEYQA_OFFLINE=1, SURVEYQA_MODEL, SURVEYQA_LLM,
             SURVEYQA_CHROMA_URL, SURVEYQA_EMBED_URL (docs/scale.md), SURVEYQA_LOG=info, NO_COLOR
exit codes:  0 answered, 3 the survey does not say, 1 failure, 2 wrong usage"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
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
    """Run one command; every error of ours becomes one line here, and nowhere else."""
    try:
        args = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what is wrong, or printed its help
        return int(stop.code or 0)
    _speak_utf8()
    try:
        configure(os.environ)
        settings = Settings.from_env()
        code: int = args.run(args, settings)
        sys.stdout.flush()
        return code
    except SurveyQAError as error:
        print(f"surveyqa: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("surveyqa: stopped", file=sys.stderr)
        return 130


def _speak_utf8() -> None:
    """Pipes carry UTF-8 whatever the locale; a terminal that lacks a character shows its number.

    Bytes on stdin that are no UTF-8 are read as U+FFFD.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            errors = "replace" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors=errors)
