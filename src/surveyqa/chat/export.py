"""A conversation, or one answer, as Markdown with footnotes, as BibTeX of the cited papers, or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveyqa.chat.conversation import Turn

FORMS = ("markdown", "bibtex", "json")
_KINDS = {
    "markdown": ("md", "text/markdown"),
    "bibtex": ("bib", "application/x-bibtex"),
    "json": ("json", "application/json"),
}
_SURVEY = {
    "title": "Efficient Large Language Models: A Survey",
    "authors": "Wan, Zhongwei and Wang, Xin and Liu, Che and Alam, Samiul and Zheng, Yu and Liu, Jiachen and "
    "Qu, Zhongnan and Yan, Shen and Zhu, Yi and Zhang, Quanlu and Chowdhury, Mosharaf and Zhang, Mi",
    "year": 2024,
    "arxiv_id": "2312.03863",
    "url": "https://arxiv.org/abs/2312.03863",
    "venue": "Transactions on Machine Learning Research",
}


def file(turns: Sequence[Turn], form: str) -> dict[str, str]:
    """{"name", "type", "text"} of the file that the browser saves."""
    form = form if form in FORMS else "markdown"
    suffix, kind = _KINDS[form]
    text = {"markdown": markdown, "bibtex": bibtex, "json": as_json}[form](turns)
    return {"name": f"surveyqa.{suffix}", "type": kind, "text": text}


def as_json(turns: Sequence[Turn]) -> str:
    return json.dumps([turn["a"] for turn in turns], ensure_ascii=False, indent=1) + "\n"


def markdown(turns: Sequence[Turn]) -> str:
    """Questions as headings; each [n] is a footnote, numbered through the whole conversation."""
    parts, notes, count = [], [], 0
    for turn in turns:
        answer = turn["a"]
        numbers = {}
        for source in answer["sources"]:
            count += 1
            numbers[source["id"]] = count
            notes.append(f"[^{count}]: {_footnote(source)}")
        body = _marked(answer["answer"], numbers)
        papers = "".join(f"\n- {_entry(p)}" for p in answer["papers"])
        parts.append(f"## {_plain(turn['q'])}\n\n{body}\n{papers}".rstrip())
    return "\n\n".join([*parts, "\n".join(notes)]).strip() + "\n"


def _marked(text: str, numbers: Mapping[int, int]) -> str:
    """`text` with Markdown's own signs escaped and the marks of known sources as footnotes."""
    pieces = re.split(r"\s?\[(\d{1,3})\]", text)
    out = [_text(pieces[0])]
    for mark, rest in zip(pieces[1::2], pieces[2::2], strict=True):
        number = numbers.get(int(mark))
        out.append(f"[^{number}]" if number else f" \\[{mark}\\]")
        out.append(_text(rest))
    return "".join(out)


def _footnote(source: Mapping[str, Any]) -> str:
    where = [str(x) for x in (source["title"], source.get("section")) if x]
    if source.get("page"):
        where.append(f"p. {source['page']}")
    url = f" <{source['url']}>" if _web(source.get("url")) else ""
    return f"{_plain(', '.join(dict.fromkeys(where)))}.{url} “{_plain(str(source['quote']))}”"


def _entry(paper: Mapping[str, Any]) -> str:
    where = paper.get("where") or " ".join(str(x) for x in (paper.get("venue"), paper.get("year")) if x)
    url = f" <{paper['url']}>" if _web(paper.get("url")) else ""
    return f"{_plain(str(paper.get('title') or ''))}{f' ({_plain(str(where))})' if where else ''}{url}"


def _plain(text: str) -> str:
    return _text(" ".join(text.split()))


def _text(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


def _web(url: object) -> bool:
    return isinstance(url, str) and re.match(r"https?://[^\s<>]+$", url) is not None


# ---- BibTeX -------------------------------------------------------------------------------------


def bibtex(turns: Sequence[Turn]) -> str:
    """An entry for each paper that is cited, once: the sources, and what their quoted sentences cite."""
    entries: dict[str, Mapping[str, Any]] = {}
    for paper in _papers(turns):
        entries.setdefault(_identity(paper), paper)
    keys: dict[str, int] = {}
    out = []
    for paper in entries.values():
        key = _key(paper)
        keys[key] = keys.get(key, 0) + 1
        out.append(_bib(key if keys[key] == 1 else f"{key}{chr(95 + keys[key])}", paper))
    return "\n\n".join(out) + ("\n" if out else "")


def _papers(turns: Sequence[Turn]) -> Iterable[Mapping[str, Any]]:
    for turn in turns:
        for source in turn["a"]["sources"]:
            if source["kind"] in ("survey", "guide"):
                yield _SURVEY
            elif source["kind"] in ("abstract", "paper"):
                yield source
            yield from (p for p in source.get("papers") or () if isinstance(p, dict))


def _identity(paper: Mapping[str, Any]) -> str:
    return str(paper.get("arxiv_id") or re.sub(r"\W+", "", str(paper.get("title") or "")).casefold())


def _key(paper: Mapping[str, Any]) -> str:
    authors = str(paper.get("authors") or "")
    first = re.split(r"\s+and\s+|;|,|\s+et al", authors)[0].strip()
    name = first if ", " in authors.split(" and ")[0] else first.split(" ")[-1]
    word = next(
        (w for w in re.findall(r"[A-Za-z0-9]+", str(paper.get("title") or "")) if len(w) > 2), "paper"
    )
    return re.sub(r"[^a-z0-9]", "", f"{name}{paper.get('year') or ''}{word}".lower()) or "paper"


def _bib(key: str, paper: Mapping[str, Any]) -> str:
    arxiv = paper.get("arxiv_id")
    fields = {
        "title": f"{{{_tex(str(paper.get('title') or ''))}}}",
        "author": _tex(_authors(str(paper.get("authors") or ""))),
        "journal": _tex(str(paper.get("venue") or "")),
        "year": str(paper.get("year") or ""),
        "eprint": str(arxiv or ""),
        "archivePrefix": "arXiv" if arxiv else "",
        "url": str(paper["url"]) if _web(paper.get("url")) else "",
    }
    rows = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{'article' if fields['journal'] else 'misc'}{{{key},\n{rows}\n}}"


def _authors(authors: str) -> str:
    """ "A. One, B. Two" as BibTeX has it: "A. One and B. Two"; what has 'and' already stays."""
    if (
        " and " in authors
        and ", " in authors.split(" and ")[0]
        and authors.count(", ") <= authors.count(" and ") + 1
    ):
        return authors
    names = [n.strip() for n in re.split(r",\s*(?:and\s+)?|\s+and\s+|;", authors) if n.strip()]
    return " and ".join("others" if n.lower() in ("et al", "et al.") else n for n in names)


def _tex(text: str) -> str:
    text = text.replace("\\", "")
    return re.sub(r"([&%$#_{}])", r"\\\1", " ".join(text.split())).replace("~", r"\~{}").replace("^", r"\^{}")
