"""`surveyqa doctor`: what is in place, what is not, and what to type."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from surveyqa.cli.options import command, share
from surveyqa.cli.terminal import out, out_json
from surveyqa.settings import Settings

_MARKS = {"good": "ok  ", "note": "note", "bad": "BAD "}

DESCRIPTION = """\
Check installation, model, corpus, index, store, language model and disk, and say what to type for each
that is not well. Exits with 1 where something is broken."""


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    doctor = command(subparsers, run, "doctor", "check installation, index and servers", DESCRIPTION)
    doctor.add_argument("--corpus", action="store_true", help="check how well the survey's PDF was read, too")
    share(doctor, "json", "offline", "llm")


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import apply
    from surveyqa.doctor import audit_corpus, examine

    settings = apply(args, settings)
    checks = []
    for check in examine(settings):
        checks.append(check)
        if not args.json:
            out(f"{_MARKS[check.state]}  {check.name}: {check.found}")
            if check.state != "good" and check.cure:
                out(f"      type: {check.cure}")
    audited = audit_corpus(settings) if args.corpus else None
    if args.json:
        out_json({"checks": [asdict(c) for c in checks], "corpus": audited})
    elif audited:
        out("\nthe survey's PDF, as it was read")
        for name, value in audited.items():
            shown = (
                value
                if not isinstance(value, (list, tuple))
                else f"{len(value)}" + "".join(f"\n    {v}" for v in value[:10])
            )
            out(f"  {name}: {shown}")
    return 1 if any(check.state == "bad" for check in checks) else 0
