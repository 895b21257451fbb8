"""`surveyqa sync`: bring the originals here."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out, out_json, say
from surveyqa.errors import SourceError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.sources import SyncReport

DESCRIPTION = """\
Bring the survey, its paper list and the abstracts into corpus/downloads: from the network, or with --from
from a folder that holds survey.pdf, paper-list.md and abstracts.jsonl. What is there already is not fetched
again; a run that was stopped goes on from where it was. Then: surveyqa index"""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    sync = command(subparsers, run, "sync", "fetch the survey, the paper list and the abstracts", DESCRIPTION)
    sync.add_argument("--hosts", action="store_true", help="list the hosts that may be asked, and for what")
    share(sync, "from", "refresh", "offline", "json")


def run(args: argparse.Namespace, settings: Settings) -> int:
    if args.hosts:
        from surveyqa.sources import HOSTS

        for host, purpose in HOSTS.items():
            out(f"{host:<26} {purpose}")
        return 0
    report = fetch(args, settings)
    if args.json:
        out_json(asdict(report))
    else:
        show(report)
    return 1 if report.failed else 0


def fetch(args: argparse.Namespace, settings: Settings) -> SyncReport:
    """Sync as the options say."""
    from surveyqa.cli.setup import Bars, apply
    from surveyqa.pipeline import list_reader
    from surveyqa.profile import Profile
    from surveyqa.sources import SyncReport, sync, sync_from

    settings = apply(args, settings)
    if args.mirror is None and settings.offline:
        raise SourceError(
            f"offline is set: nothing is fetched. To take a folder: surveyqa {args.command} --from DIR"
        )
    if args.mirror is not None:
        title = Profile.load(settings.corpus).title
        files = sync_from(args.mirror, settings.downloads, title, list_reader(settings))
        return SyncReport(tuple(files), (), 0, 0, (), (), None)
    with Bars() as bars:
        report = sync(settings, list_reader(settings), progress=bars, refresh=args.refresh)
    for name, why in report.failed:
        say(f"{name} was not fetched: {why}")
    return report


def show(report: SyncReport) -> None:
    """Each file; how many abstracts there are, and which could not be had and why."""
    for file in report.files:
        state = "new" if file.changed else "same"
        out(f"{state:4}  {file.name}  {file.size:,} bytes  sha256 {file.sha256[:12]}")
    if report.commit:
        out(f"list at commit {report.commit[:12]}")
    if report.papers:
        out(f"{report.abstracts} of {report.papers} abstracts, {len(report.new)} of them new")
    if report.missing:
        out(f"{len(report.missing)} could not be had, or not whole:")
    for paper in report.missing:
        out(f"  {paper.title}\n    {paper.why}")
