"""`surveyqa update`: fetch what is new, index it, and say what changed."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from surveyqa.cli.index import report_json, report_line
from surveyqa.cli.options import command, share
from surveyqa.cli.sync import fetch
from surveyqa.cli.sync import show as show_fetched
from surveyqa.cli.terminal import out, out_json
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.catalog import ListDiff
    from surveyqa.index.manifest import Changes, State

SHOWN = 20  # lines under each heading

DESCRIPTION = """\
sync and index in one, then what changed: papers added, removed and moved, texts new and gone.
Only new or changed text is embedded."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    update = command(subparsers, run, "update", "fetch and index what is new, say what changed", DESCRIPTION)
    update.add_argument("--all", action="store_true", help=f"name every change, not only {SHOWN} of a kind")
    share(update, "from", "refresh", "offline", "json")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import apply, build
    from surveyqa.errors import SurveyQAError
    from surveyqa.index.manifest import compare

    settings = apply(args, settings)
    try:
        before = _state(settings)
    except SurveyQAError:  # damaged: the build below makes it anew
        before = None
    fetched = fetch(args, settings)
    if not args.json:
        show_fetched(fetched)
    report = build(settings)
    after = _state(settings)
    changes = compare(before, after) if before and after else None
    if args.json:
        row: dict[str, Any] = {"sync": asdict(fetched), "index": report_json(report)}
        row["changes"] = changes_dict(changes.papers, changes) if changes else None
        out_json(row)
    else:
        out(report_line(report))
        if changes is not None:
            show(changes, None if args.all else SHOWN)
    return 1 if fetched.failed else 0


def _state(settings: Settings) -> State | None:
    from surveyqa.index import generation_folder
    from surveyqa.index.manifest import State

    folder = generation_folder(settings)
    return State.read(folder, settings.corpus) if folder else None


def show(changes: Changes, limit: int | None) -> None:
    """The changes of papers, then of texts; `limit` lines of each kind."""
    if not changes:
        out("nothing changed")
        return
    if changes.papers:
        out(f"papers on the list:\n{changes.papers.text(limit)}", end="")
    for mark, kind, titles in (
        ("+", "new", changes.new),
        ("-", "gone", changes.gone),
        ("~", "changed", changes.changed),
    ):
        if titles:
            shown = titles if limit is None else titles[:limit]
            out(f"{len(titles)} texts {kind}")
            for title in shown:
                out(f"  {mark} {title}")
            if len(shown) < len(titles):
                out(f"  ... and {len(titles) - len(shown)} more")


def changes_dict(papers: ListDiff, texts: Changes | None) -> dict[str, Any]:
    """For JSON: papers added, removed, moved, changed; and titles of texts, of generations."""
    row: dict[str, Any] = {
        "added": [{"key": p.key, "title": p.title} for p in papers.added],
        "removed": [{"key": p.key, "title": p.title} for p in papers.removed],
        "moved": [{"key": c.new.key, "title": c.new.title, "what": c.what} for c in papers.moved],
        "changed": [{"key": c.new.key, "title": c.new.title, "what": c.what} for c in papers.changed],
    }
    if texts:
        row["texts"] = {"new": texts.new, "gone": texts.gone, "changed": texts.changed}
    return row
