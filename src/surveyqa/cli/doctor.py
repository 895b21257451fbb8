"""`surveyqa doctor`: what is in place, what is not, and what to type."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from surveyqa.settings import Settings

_MARKS = {"good": "ok  ", "note": "note", "bad": "BAD "}


def add(subparsers: argparse._SubParsersAction[Any]) -> None:
    command = subparsers.add_parser(
        "doctor",
        help="check the installation, the index and the servers",
        description="Check installation, model, corpus, index, store, language model and disk; say what to "
        "type "
        "for each that is not well. Exits 1 where something is broken.",
    )
    command.add_argument(
        "--corpus", action="store_true", help="audit how well the survey's PDF was read, too"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument(
        "--offline", action="store_true", help="allow no connection but to configured servers"
    )
    from surveyqa.cli.ask import add_llm_option

    add_llm_option(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from surveyqa.cli.setup import apply
    from surveyqa.doctor import examine

    settings = apply(args, settings)
    checks = []
    for check in examine(settings):
        checks.append(check)
        if not args.json:
            print(f"{_MARKS[check.state]}  {check.name}: {check.found}", flush=True)
            if check.state != "good" and check.cure:
                print(f"      type: {check.cure}", flush=True)
    audited = audit_corpus(settings) if args.corpus else None
    if args.json:
        print(
            json.dumps(
                {"checks": [asdict(c) for c in checks], "corpus": audited}, ensure_ascii=False, default=list
            )
        )
    elif audited:
        print("\nthe survey's PDF, as it was read")
        for name, value in audited.items():
            shown = (
                value
                if not isinstance(value, (list, tuple))
                else f"{len(value)}" + "".join(f"\n    {v}" for v in value[:10])
            )
            print(f"  {name}: {shown}")
    return 1 if any(check.state == "bad" for check in checks) else 0


def audit_corpus(settings: Settings) -> dict[str, Any]:
    """The audit's figures. Raises SourceError where the PDF is not here."""
    from surveyqa import sources
    from surveyqa.doctor import audit_rows
    from surveyqa.documents.audit import audit
    from surveyqa.errors import SourceError

    path = settings.downloads / sources.SURVEY
    if not path.is_file():
        raise SourceError(f"{path} is not here, so nothing can be audited. Fetch it: surveyqa sync")
    return audit_rows(audit(path))
