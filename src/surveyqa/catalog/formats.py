"""Papers as a table, JSON, CSV or BibTeX."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from surveyqa.catalog.parsing import Paper, slug
from surveyqa.errors import UsageError

NARROW = 70  # columns of a terminal below which a table is not readable
_COLUMNS = ("key", "title", "venue", "track", "year", "arxiv_id", "url", "code", "categories")


def format_papers(papers: Sequence[Paper], how: str = "table", width: int | None = None) -> str:
    """`papers` as "table", "json", "csv" or "bibtex"; ends in a line break unless there is nothing to say.

    width: columns of the table, default those of the terminal. Raises UsageError for another `how`.
    """
    if how not in _FORMATS:
        raise UsageError(f"there is no format {how!r} - use one of {', '.join(_FORMATS)}")
    return _table(papers, width) if how == "table" else _FORMATS[how](papers)


def as_dict(paper: Paper) -> dict[str, Any]:
    """The paper as JSON has it: categories as "A > B > C", links as {"label", "url"}."""
    return {
        "key": paper.key,
        "title": paper.title,
        "venue": paper.venue,
        "track": paper.track,
        "year": paper.year,
        "arxiv_id": paper.arxiv_id,
        "url": paper.url,
        "code": paper.code,
        "links": [{"label": x.label, "url": x.url} for x in paper.links],
        "categories": [" > ".join(c) for c in paper.categories],
        "lines": list(paper.lines),
        "printed": paper.printed,
        "corrected": list(paper.corrected),
    }


def _json(papers: Sequence[Paper]) -> str:
    return (
        json.dumps(
            {"total": len(papers), "papers": [as_dict(p) for p in papers]}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def _csv(papers: Sequence[Paper]) -> str:
    return csv_of([as_dict(paper) for paper in papers], _COLUMNS)


def csv_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV with a head; what is a list in a cell is parted by semicolons."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = ("; ".join(row[c]) if isinstance(row[c], list) else row[c] for c in columns)
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: Any) -> Any:
    """A spreadsheet runs a cell that starts like a formula; a quote before it makes it text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _table(papers: Sequence[Paper], width: int | None) -> str:
    import io

    from rich.console import Console
    from rich.table import Table

    width = width or Console().width
    if width < NARROW:
        return _lines(papers, width)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Title", ratio=1, overflow="fold")
    table.add_column("Venue", no_wrap=True)
    table.add_column("arXiv", no_wrap=True)
    table.add_column("Code", no_wrap=True)
    table.add_column("Category", max_width=28, overflow="fold")
    for p in papers:
        names = "; ".join(c[-1] for c in p.categories)
        table.add_row(
            *(_escaped(x) for x in (p.title, p.where, p.arxiv_id or "", "yes" if p.code else "", names))
        )
    out = io.StringIO()
    console = Console(file=out, width=width)
    console.print(table)
    console.print(f"{len(papers)} paper{'' if len(papers) == 1 else 's'}")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _lines(papers: Sequence[Paper], width: int) -> str:
    """What a terminal too narrow for the table's columns shows: a title, then its facts."""
    from textwrap import wrap

    lines: list[str] = []
    for p in papers:
        facts = (p.where, p.arxiv_id, "code" if p.code else None, *(c[-1] for c in p.categories))
        lines += wrap(p.title, width)
        lines += wrap(
            "; ".join(fact for fact in facts if fact), width, initial_indent="  ", subsequent_indent="  "
        )
    return "\n".join([*lines, f"{len(papers)} paper{'' if len(papers) == 1 else 's'}"]) + "\n"


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


# ---- BibTeX -------------------------------------------------------------------------------------
# Writing a few fields of known shape needs no library: the well-kept ones (bibtexparser, pybtex) are
# parsers first, and would be a dependency for these lines only. Authors are not on the list.

_SPECIAL = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "∗": "*", "’": "'", "∞": r"$\infty$",
            "Σ": r"$\Sigma$", "π": r"$\pi$"}  # fmt: skip
_PREPRINTS = {"arXiv", "Blog", "Website", None}
_JOURNALS = {"TMLR", "TACL", "JMLR", "AI Open", "VLDB"}


def _bibtex(papers: Sequence[Paper]) -> str:
    return "\n".join(_entry(p) for p in papers)


def _entry(paper: Paper) -> str:
    kind = "article" if paper.venue in _JOURNALS else "misc" if paper.venue in _PREPRINTS else "inproceedings"
    place = {"article": "journal", "inproceedings": "booktitle", "misc": "howpublished"}[kind]
    named = {"workshop": " Workshop", "findings": " Findings", "demo": " Demo"}.get(paper.track or "", "")
    fields = {
        "title": "{" + _latex(paper.title) + "}",
        place: _latex((paper.venue or "") + named),
        "year": str(paper.year or ""),
        "eprint": paper.arxiv_id or "",
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "url": re.sub(r"[{}\s]", "", paper.url or ""),
    }
    return _written(kind, paper.key, fields)


def bibtex_of(key: str, title: str, authors: str | None, year: int | None) -> str:
    """The entry of a paper of which no more is known than it prints."""
    names = re.sub(r"\s*(?:,|;|\band\b)+\s*(?:and\s+)?", " and ", authors or "")
    fields = {"title": "{" + _latex(title) + "}", "author": _latex(names), "year": str(year or "")}
    return _written("misc", key, fields)


def _written(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{slug(key) or 'paper'},\n{lines}}}\n"


def _latex(text: str) -> str:
    return "".join(_SPECIAL.get(c) or ("\\" + c if c in "&%$#_{}" else c) for c in text)


_FORMATS: dict[str, Callable[[Sequence[Paper]], str]] = {
    "table": lambda papers: _table(papers, None),
    "json": _json,
    "csv": _csv,
    "bibtex": _bibtex,
}
