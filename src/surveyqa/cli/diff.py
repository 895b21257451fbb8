"""`surveyqa diff A B`: what changed between two paper lists, or two generations of the index."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out_json
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.catalog import Catalog
    from surveyqa.index.manifest import State

DESCRIPTION = """\
Papers added, removed and moved from A to B, and with two generations the texts too.
A and B: a paper list (Markdown file), a generation (its name or folder), or 'current'."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    diff = command(subparsers, run, "diff", "what changed between two lists or generations", DESCRIPTION)
    diff.add_argument("a", metavar="A", help="the older")
    diff.add_argument("b", metavar="B", help="the newer")
    share(diff, "json")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.catalog import diff
    from surveyqa.cli.update import changes_dict, show
    from surveyqa.index.manifest import Changes, State, compare

    old, new = _read(args.a, settings), _read(args.b, settings)
    if isinstance(old, State) and isinstance(new, State):
        changes = compare(old, new)
    else:
        changes = Changes(diff(_catalog(old), _catalog(new)), (), (), ())
    if args.json:
        texts = changes if isinstance(old, State) and isinstance(new, State) else None
        out_json(changes_dict(changes.papers, texts))
    else:
        show(changes, None)
    return 0


def _catalog(side: Catalog | State) -> Catalog:
    from surveyqa.index.manifest import State

    return side.catalog if isinstance(side, State) else side


def _read(name: str, settings: Settings) -> Catalog | State:
    """A list's catalogue, or a generation's state."""
    from surveyqa.errors import UsageError
    from surveyqa.index import generation_folder
    from surveyqa.index.manifest import State
    from surveyqa.pipeline import catalog_of_list

    path = Path(name)
    if path.is_file():
        return catalog_of_list(path, settings)
    folder = path if (path / "manifest.json").is_file() else None
    if folder is None and Path(name).name == name:
        folder = generation_folder(settings, None if name == "current" else name)
    if folder is None:
        raise UsageError(
            f"{name!r} is neither a paper list nor a generation in {settings.index}. See: ls {settings.index}"
        )
    return State.read(folder, settings.corpus)
