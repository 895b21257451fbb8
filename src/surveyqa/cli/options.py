"""How a command is declared, and the options that several have: one name, one meaning, one help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[[argparse.Namespace, Any], int]

SHARED: dict[str, dict[str, Any]] = {
    "json": {"action": "store_true", "help": "print one JSON object"},
    "quotes": {"action": "store_true", "help": "print what each source says, word for word"},
    "sources": {"type": int, "metavar": "N", "help": "at most N sources under an answer (default 5)"},
    "llm": {
        "metavar": "MODEL",
        "help": "let a model write answers, each sentence checked: http://HOST/v1#MODEL "
        "(any OpenAI-compatible server), ollama:MODEL, openai:MODEL, hf:MODEL; none is the default",
    },
    "trace": {"type": Path, "metavar": "FILE", "help": "append how each answer came about, as JSON lines"},
    "offline": {"action": "store_true", "help": "allow no connection but to a configured server"},
    "from": {"dest": "mirror", "type": Path, "metavar": "DIR", "help": "take the files from a folder"},
    "refresh": {"action": "store_true", "help": "fetch abstracts again that are here already"},
}  # fmt: skip


def command(subparsers: Any, run: Run, name: str, help: str, about: str, end: str = "") -> Any:
    """The parser of a command; texts of several lines are printed as they stand."""
    raw = argparse.RawDescriptionHelpFormatter if "\n" in about + end else argparse.HelpFormatter
    parser = subparsers.add_parser(name, help=help, description=about, epilog=end, formatter_class=raw)
    parser.set_defaults(run=run)
    return parser


def share(parser: Any, *names: str) -> None:
    """Give a command some of the shared options."""
    for name in names:
        parser.add_argument(f"--{name}", **SHARED[name])
