"""`surveyqa completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import argparse
from typing import Any

from surveyqa.cli.options import command
from surveyqa.errors import UsageError
from surveyqa.settings import Settings

SHELLS = ("bash", "zsh", "fish")
ABOUT = "Print a script that completes commands, options and files. Put it where the shell looks:"
EPILOG = """\
bash:  surveyqa completion bash > ~/.local/share/bash-completion/completions/surveyqa
zsh:   surveyqa completion zsh > ~/.zfunc/_surveyqa      with "fpath+=~/.zfunc" before compinit in ~/.zshrc
fish:  surveyqa completion fish > ~/.config/fish/completions/surveyqa.fish"""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    shell = command(subparsers, run, "completion", "print the completion script of a shell", ABOUT, EPILOG)
    shell.add_argument("shell", choices=SHELLS, help="for which shell")


def run(args: argparse.Namespace, settings: Settings) -> int:
    try:
        import shtab
    except ImportError as error:
        raise UsageError("completion needs 'shtab'. Type: pip install shtab") from error
    from surveyqa.cli import parser

    top = parser()
    _name_files(top, {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY})
    print(shtab.complete(top, shell=args.shell))
    return 0


def _name_files(parser: argparse.ArgumentParser, kinds: dict[str, Any]) -> None:
    """Tell shtab which arguments are files and folders: those that the help calls so."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _name_files(command, kinds)
        elif (called := str(action.metavar or action.dest.removesuffix("s").upper()).split(".")[0]) in kinds:
            action.complete = kinds[called]  # type: ignore[attr-defined]
