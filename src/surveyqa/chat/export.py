"""Answers as files: Markdown with footnotes, their cited papers as BibTeX, RIS, CSL-JSON and CSV, or JSON.

Each field is written by its format's rules: nothing that a source says is read as a command of TeX, as
another line of RIS, or as a formula of a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from surveyqa.chat.live import Turn
from surveyqa.chat.render import is_web
from surveyqa.profile import Profile

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")  # what Markdown reads
_MARK = re.compile(r"\[(\d{1,3})\]")
_TEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip


def file(turns: Sequence[Turn], form: str, profile: Profile) -> dict[str, str]:
    """{"name", "type", "text"} of the file that the browser saves. Raises KeyError for no form of ours."""
    suffix, kind, write = _FORMS[form]
    return {"name": f"surveyqa.{suffix}", "type": kind, "text": write(turns, profile)}


def as_json(turns: Sequence[Turn], profile: Profile) -> str:
    return json.dumps([turn.answer for turn in turns], ensure_ascii=False, indent=1) + "\n"


def markdown(turns: Sequence[Turn], profile: Profile) -> str:
    """Questions as headings; each [n] is a footnote, numbered through the whole conversation."""
    parts, notes, count = [], [], 0
    for turn in turns:
        answer = turn.answer
        numbers = {}
        for source in answer["sources"]:
            count += 1
            numbers[source["id"]] = count
            notes.append(f"[^{count}]: {_footnote(source)}")
        body = _marked(answer["answer"], numbers)
        papers = "".join(f"\n- {_entry(p)}" for p in answer["papers"])
        table = _table(answer["table"]) if answer.get("table") else ""
        parts.append(f"## {_plain(turn.question)}\n\n{body}\n{table}{papers}".rstrip())
    return "\n\n".join([*parts, "\n".join(notes)]).strip() + "\n"


def _marked(text: str, numbers: Mapping[int, int]) -> str:
    """`text` with Markdown's own signs escaped and the marks of known sources as footnotes."""
    out, at = [], 0
    for mark in _MARK.finditer(text):
        if (number := numbers.get(int(mark[1]))) is not None:
            out += [_text(text[at : mark.start()].rstrip(" ")), f"[^{number}]"]
            at = mark.end()
    return "".join([*out, _text(text[at:])])


def _footnote(source: Mapping[str, Any]) -> str:
    where = [str(x) for x in (source["title"], source.get("section")) if x]
    if source.get("page"):
        where.append(f"p. {source['page']}")
    url = f" <{source['url']}>" if _address(source.get("url")) else ""
    return f"{_plain(', '.join(dict.fromkeys(where)))}.{url} “{_plain(str(source['quote']))}”"


def _entry(paper: Mapping[str, Any]) -> str:
    where = paper.get("where") or " ".join(str(x) for x in (paper.get("venue"), paper.get("year")) if x)
    url = f" <{paper['url']}>" if _address(paper.get("url")) else ""
    return f"{_plain(str(paper.get('title') or ''))}{f' ({_plain(str(where))})' if where else ''}{url}"


def _table(table: Mapping[str, Any]) -> str:
    """A table of the contract as Markdown has tables."""
    rows = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
    lines = (
        "| " + " | ".join(c if c == "---" else _plain(_MARK.sub("", c)) for c in row) + " |" for row in rows
    )
    return "\n" + "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return _text(" ".join(text.split()))


def _text(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


# ---- papers -------------------------------------------------------------------------------------


def cited(turns: Sequence[Turn], profile: Profile) -> list[dict[str, Any]]:
    """Each paper that the answers cite or list, once, with title, authors, year, venue, arxiv_id and url.

    The survey where it is cited, the abstracts and papers that are, and the rows of a list of papers.
    """
    found: dict[str, dict[str, Any]] = {}
    for paper in _papers(turns, profile):
        text = {name: " ".join(str(paper.get(name) or "").split()) for name in _FIELDS}
        year = text["year"] if text["year"].isdigit() and len(text["year"]) == 4 else ""
        url = text["url"] if _address(text["url"]) else ""
        arxiv = text["arxiv_id"] if all(c.isalnum() or c in "./-" for c in text["arxiv_id"]) else ""
        key = arxiv or "".join(c for c in text["title"].casefold() if c.isalnum())
        found.setdefault(key, {**text, "year": year, "url": url, "arxiv_id": arxiv})
    return list(found.values())


_FIELDS = ("title", "authors", "year", "venue", "arxiv_id", "url")


def _papers(turns: Sequence[Turn], profile: Profile) -> Iterator[Mapping[str, Any]]:
    survey = {name: getattr(profile, name) for name in _FIELDS}
    for turn in turns:
        numbers = {c for s in turn.answer["sentences"] for c in s["citations"]}
        for source in turn.answer["sources"]:
            if source["id"] in numbers:
                own = source["kind"] in ("abstract", "paper")
                if own or source["kind"] in ("survey", "guide"):
                    yield source if own else survey
                yield from source["papers"]
        yield from turn.answer["papers"]


def names_of(authors: str) -> list[str]:
    """The authors of "A. One, B. Two", "One, A. and Two, B." or "A. One; B. Two", one by one."""
    parts = authors.replace(";", " and ").split(" and ")
    inverted = all(part.count(",") == 1 for part in parts[:1]) and len(parts) > 1
    if not inverted:
        parts = [name for part in parts for name in part.split(",")]
    names = (part.strip(" ,") for part in parts)
    return ["others" if n.lower().rstrip(".") == "et al" else n for n in names if n]


def _key(paper: Mapping[str, Any]) -> str:
    first = (names_of(paper["authors"]) or [""])[0]
    family = first.split(",")[0] if "," in first else first.split(" ")[-1]
    words = ("".join(c for c in w if c.isascii() and c.isalnum()) for w in paper["title"].split())
    word = next((w for w in words if len(w) > 2), "paper")
    key = f"{family}{paper['year']}{word}".lower()
    return "".join(c for c in key if c.isascii() and c.isalnum()) or "paper"


def bibtex(turns: Sequence[Turn], profile: Profile) -> str:
    """An entry for each cited paper."""
    keys: dict[str, int] = {}
    out = []
    for paper in cited(turns, profile):
        key = _key(paper)
        keys[key] = keys.get(key, 0) + 1
        fields = {
            "title": f"{{{paper['title'].translate(_TEX)}}}",
            "author": " and ".join(name.translate(_TEX) for name in names_of(paper["authors"])),
            "journal": paper["venue"].translate(_TEX),
            "year": paper["year"],
            "eprint": paper["arxiv_id"].translate(_TEX),
            "archivePrefix": "arXiv" if paper["arxiv_id"] else "",
            "url": paper["url"].translate(_TEX_URL),
        }
        rows = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        name = key if keys[key] == 1 else f"{key}-{keys[key]}"
        out.append(f"@{'article' if fields['journal'] else 'misc'}{{{name},\n{rows}\n}}")
    return "\n\n".join(out) + ("\n" if out else "")


# in an address what TeX reads is written as addresses write it
_TEX_URL = str.maketrans(
    {c: f"%{ord(c):02X}" for c in '\\{}^`"$~'} | {"%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_"}
)


def ris(turns: Sequence[Turn], profile: Profile) -> str:
    """A record for each cited paper, a tag a line."""
    out = []
    for paper in cited(turns, profile):
        rows = [("TY", "JOUR" if paper["venue"] else "UNPB"), ("TI", paper["title"])]
        rows += [("AU", name) for name in names_of(paper["authors"]) if name != "others"]
        rows += [("JO", paper["venue"]), ("PY", paper["year"]), ("UR", paper["url"])]
        rows += [("AN", f"arXiv:{paper['arxiv_id']}" if paper["arxiv_id"] else "")]
        out.append("".join(f"{tag}  - {value}\r\n" for tag, value in rows if value) + "ER  - \r\n")
    return "\r\n".join(out)


def csl(turns: Sequence[Turn], profile: Profile) -> str:
    """The cited papers as CSL-JSON."""
    items = []
    for n, paper in enumerate(cited(turns, profile), 1):
        item: dict[str, Any] = {
            "id": f"{_key(paper)}-{n}",
            "type": "article-journal" if paper["venue"] else "article",
            "title": paper["title"],
            "author": [_csl_name(name) for name in names_of(paper["authors"]) if name != "others"],
            "container-title": paper["venue"],
            "URL": paper["url"],
            "number": f"arXiv:{paper['arxiv_id']}" if paper["arxiv_id"] else "",
        }
        if paper["year"]:
            item["issued"] = {"date-parts": [[int(paper["year"])]]}
        items.append({name: value for name, value in item.items() if value})
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _csl_name(name: str) -> dict[str, str]:
    family, comma, given = name.partition(", ")
    if not comma:
        given, _, family = name.rpartition(" ")
    return {"family": family, "given": given} if given else {"literal": name}


def as_csv(turns: Sequence[Turn], profile: Profile) -> str:
    """The cited papers as a table; what a spreadsheet would compute is marked as text."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(_FIELDS)
    rows.writerows([_cell(paper[name]) for name in _FIELDS] for paper in cited(turns, profile))
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _address(url: object) -> bool:
    return is_web(url) and not any(c.isspace() or c in "<>" or not c.isprintable() for c in str(url))


_FORMS: dict[str, tuple[str, str, Callable[[Sequence[Turn], Profile], str]]] = {
    "markdown": ("md", "text/markdown", markdown),
    "bibtex": ("bib", "application/x-bibtex", bibtex),
    "ris": ("ris", "application/x-research-info-systems", ris),
    "csl": ("csl.json", "application/vnd.citationstyles.csl+json", csl),
    "csv": ("csv", "text/csv", as_csv),
    "json": ("json", "application/json", as_json),
}
FORMS = tuple(_FORMS)
