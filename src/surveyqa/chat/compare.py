"""Two to four methods side by side; every cell's sentence carries its citation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from surveyqa.chat.conversation import Turn
from surveyqa.chat.render import button, link, prose, source_list
from surveyqa.chat.words import Language, word


def names(assistant: Any) -> list[str]:
    """What can be picked: the names before the colon of the list's titles, in alphabetical order."""
    short = {p.title.partition(":")[0].strip() for p in assistant.catalog.papers if ":" in p.title}
    return sorted((n for n in short if len(n) <= 30), key=str.casefold)


def compare(assistant: Any, chosen: Sequence[str], language: Language = "en") -> Turn:
    """The comparison as a turn whose answer has `columns`: one per method, with cited sentences by
    property."""
    made = assistant.comparison(list(chosen), language=language).to_dict()
    table = made["table"]
    told = iter(made["sentences"])
    columns = []
    for name, *cells in table["rows"]:
        filled = zip(table["columns"][1:], cells, strict=True)
        columns.append({**_facts(assistant, name), "cells": {p: [next(told)] for p, cell in filled if cell}})
    return {"q": table["title"], "a": {**made, "answer": _as_text(columns), "columns": columns}}


def _facts(assistant: Any, name: str) -> dict[str, Any]:
    """What the list says of a method."""
    papers = assistant.catalog.find(name)
    return {
        "name": name,
        "category": [" > ".join(path[1:] or path) for p in papers[:1] for path in p.categories],
        "published": papers[0].where if papers else "",
        "url": papers[0].url if papers else None,
        "code": papers[0].code if papers else None,
    }


def _as_text(columns: Sequence[Mapping[str, Any]]) -> str:
    """The comparison as running text, for exports."""
    lines = []
    for column in columns:
        lines.append(
            f"{column['name']}: {column['published']}; {'; '.join(column['category'])}".rstrip("; :")
        )
        lines += [f"- {_cited(s)}" for cell in column["cells"].values() for s in cell]
    return "\n".join(lines)


def _cited(sentence: Mapping[str, Any]) -> str:
    return str(sentence["text"]) + "".join(f" [{c}]" for c in sentence["citations"])


def table(turn: Turn, language: Language) -> str:
    """The comparison as HTML: methods across, properties down."""
    answer = turn["a"]
    columns = answer.get("columns")
    body = (
        _grid(columns, answer, language) if isinstance(columns, list) else prose("compared", answer, language)
    )
    forms = "".join(
        button(word(f, language), "export", turn="compared", form=f) for f in ("markdown", "bibtex", "json")
    )
    return (
        f'<div class="comparison"><h2 class="hidden">{escape(turn["q"])}</h2>{body}'
        f"{source_list('compared', answer['sources'], language)}"
        f'<div class="tools" role="group" aria-label="{word("export", language)}">{forms}</div></div>'
    )


def _grid(columns: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], language: Language) -> str:
    head = "".join(f'<th scope="col">{escape(str(c.get("name")))}</th>' for c in columns)
    rows: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "p_category": lambda c: "<br>".join(escape(str(x)) for x in c.get("category") or ()),
        "p_published": lambda c: escape(str(c.get("published") or "")),
        "p_links": lambda c: " ".join(
            link(c[k], word(w, language)) for k, w in (("url", "paper"), ("code", "code")) if c.get(k)
        ),
    }
    facts = {word(key, language): cell for key, cell in rows.items()}
    links = facts.popitem()
    properties = list(dict.fromkeys(p for column in columns for p in column.get("cells") or {}))
    told: dict[str, Callable[[Mapping[str, Any]], str]] = {
        p: partial(_cell, p, answer, language) for p in properties
    }
    body = "".join(
        f'<tr><th scope="row">{escape(heading)}</th>'
        + "".join(f"<td>{cell(c) or _nothing(language)}</td>" for c in columns)
        + "</tr>"
        for heading, cell in (*facts.items(), *((_heading(p, language), c) for p, c in told.items()), links)
    )
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{word("compare", language)}">'
        f'<table class="compare"><thead><tr><th scope="col">{word("property", language)}</th>'
        f"{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _nothing(language: Language) -> str:
    return f'<span class="nothing">{word("nothing", language)}</span>'


def _heading(name: str, language: Language) -> str:
    """A property as a heading, in the reader's language where it is one that is always shown."""
    key = {"idea": "p_idea", "reported result": "p_results", "limitation": "p_limits"}.get(name)
    return word(key, language) if key else name[:1].upper() + name[1:]


def _cell(name: str, answer: Mapping[str, Any], language: Language, column: Mapping[str, Any]) -> str:
    sentences = (column.get("cells") or {}).get(name)
    if not sentences:
        return ""
    text = "\n".join(_cited(s) for s in sentences)
    return prose("compared", {"answer": text, "sentences": sentences, "sources": answer["sources"]}, language)
