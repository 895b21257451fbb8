"""Rebuilds the committed catalogue: `python -m surveyqa.catalog paper-list.md corpus`."""

from __future__ import annotations

import sys
from pathlib import Path

from surveyqa.catalog import Catalog, parse_list


def main(args: list[str]) -> int:
    if len(args) != 2:
        sys.stderr.write("usage: python -m surveyqa.catalog PAPER-LIST.md CORPUS-FOLDER\n")
        return 2
    parse = parse_list(Path(args[0]).read_text(encoding="utf-8"))
    Catalog.from_sources(parse, args[1]).save(args[1])
    for anomaly in parse.anomalies:
        sys.stderr.write(f"{args[0]}:{anomaly.line}: {anomaly.kind}: {anomaly.message}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
