"""Answers, sources and pages as HTML, and every word of the interface.

Every text of a source or a question goes through `escape`, every address through `link`: what looks like
markup shows as text, and only http(s) addresses become links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from surveyqa.profile import Profile

Language = Literal["en", "zh"]
STATIC = Path(__file__).parent / "static"
WORDS: Mapping[str, Sequence[str]] = json.loads((STATIC / "words.json").read_text(encoding="utf-8"))

_MARK = re.compile(r"\[(\d{1,3})\]")
ROWS = 8  # sources under an answer that show at once
KINDS = ("survey", "abstract", "guide", "catalog", "paper")


def word(key: str, language: Language = "en", **values: object) -> str:
    """The text called `key`, with `values` filled in."""
    text = WORDS[key][1 if language == "zh" else 0]
    return text.format(**values) if values else text


def both(key: str) -> str:
    """A text in both languages; the page shows that of its reader."""
    return f'<span lang="en">{escape(word(key))}</span><span lang="zh">{escape(word(key, "zh"))}</span>'


def link(url: object, text: str) -> str:
    """A link to an http(s) address; for anything else the text alone."""
    if not is_web(url):
        return escape(text)
    return f'<a href="{escape(str(url))}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def is_web(url: object) -> bool:
    """Whether an address is one of the web."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def button(caption: str, do: str, css: str = "plain", label: str = "", **data: object) -> str:
    """A button that the page's script acts on as `do`, with `data`."""
    extra = "".join(f' data-{k}="{escape(str(v))}"' for k, v in data.items())
    aria = f' aria-label="{escape(label)}"' if label else ""
    return f'<button type="button" class="{css}" data-do="{do}"{extra}{aria}>{escape(caption)}</button>'


# ---- answers ------------------------------------------------------------------------------------


def welcome(profile: Profile) -> str:
    """What an empty conversation shows: questions that work, as the profile has them."""
    cards = "".join(
        f'<button type="button" class="card" data-do="suggest" data-text="{escape(text)}" lang="{language}">'
        f"{escape(text)}</button>"
        for language, texts in profile.help.items()
        for text in texts
    )
    return (
        f'<div class="welcome"><h2>{both("welcome")}</h2><p>{both("welcome_text")}</p>'
        f'<div class="cards" role="group">{cards}</div></div>'
    )


def answer(answer: Mapping[str, Any], language: Language, feedback: bool = False) -> str:
    """The body of one answer: how it was understood, what it says, its table, its sources, its tools."""
    silent = answer["status"] == "no_answer" and not answer.get("table")
    said = f'<p class="silent"><strong>{word("no_answer", language)}</strong></p>' if silent else ""
    table = answer.get("table")
    # a comparison says in its cells what its text says again in a line
    prose_html = "" if _is_comparison(answer) else prose(answer, language)
    parts = [
        understood(answer, language),
        premise(answer, language),
        *(f'<p class="note">{escape(str(note))}</p>' for note in answer["notes"]),
        said,
        f'<div class="text">{prose_html}</div>' if prose_html else "",
        contract_table(table, answer, language) if table else "",
        paper_table(answer["papers"], language, answer.get("total")) if answer["papers"] else "",
        _nearest(answer["suggestions"], language),
        source_list(answer, language),
        _tools(language, feedback),
    ]
    return "".join(parts)


def so_far(sentences: Sequence[Any], sources: Sequence[Any], language: Language) -> str:
    """The sentences that are there while the rest is made."""
    text = " ".join(s.text + "".join(f" [{c}]" for c in s.citations) for s in sentences)
    partial = {
        "answer": text,
        "sentences": [asdict(s) for s in sentences],
        "sources": [asdict(s) for s in sources],
    }
    return f'<div class="text">{prose(partial, language)}</div>'


def understood(answer: Mapping[str, Any], language: Language) -> str:
    """How a question was read, where the dialogue or the list made something of it."""
    read = answer.get("understood")
    if not read:
        return ""
    parts = []
    if read["resolved"]:
        typed = button(word("as_typed", language), "typed")
        parts.append(f"{word('understood_as', language)} <em>{escape(read['as'])}</em> {typed}")
    if read["list"]:
        parts.append(escape(word("list_query", language, what=read["list"])))
    return "".join(f'<p class="understood">{part}</p>' for part in parts)


def premise(answer: Mapping[str, Any], language: Language) -> str:
    """What the question takes for granted and the corpus does not bear out."""
    made = answer.get("premise")
    if not made:
        return ""
    known = {s["id"]: s for s in answer["sources"]}
    chips = "".join(chip(known[c], None, "", language) for c in made["citations"] if c in known)
    heading = word(f"premise_{made['verdict']}", language)
    return f'<p class="premise" role="note"><strong>{heading}:</strong> {escape(made["text"])} {chips}</p>'


def _nearest(suggestions: Sequence[str], language: Language) -> str:
    if not suggestions:
        return ""
    chips = "".join(button(s, "suggest", "suggestion", text=about(s, language)) for s in suggestions)
    return f'<div class="nearest"><h3>{word("nearest", language)}</h3>{chips}</div>'


def about(suggestion: str, language: Language) -> str:
    """A suggestion as a question: a section's title without its number, a question as it is."""
    if suggestion.rstrip().endswith(("?", "\uff1f")):
        return suggestion
    name = suggestion.split(" > ")[-1].removeprefix("Paper: ")
    first, _, rest = name.partition(" ")
    if rest and first.replace(".", "").isdigit():
        name = rest
    return word("ask_what", language, name=name)


def _tools(language: Language, feedback: bool) -> str:
    """What can be done with an answer; exports are in one place."""
    forms = ("markdown", "bibtex", "ris", "csl", "csv", "json")
    tools = [button(word(do, language), do) for do in ("copy", "retry", "edit")]
    tools.append(
        f'<details class="menu"><summary class="plain">{word("export_answer", language)}</summary><div>'
        + "".join(button(word(form, language), "export", form=form) for form in forms)
        + "</div></details>"
    )
    if feedback:
        tools += [
            button("▲", "thumb", label=word("helpful", language), up=1),
            button("▼", "thumb", label=word("unhelpful", language), up=0),
        ]
    return f'<div class="tools">{"".join(tools)}</div><div class="follow"></div>'


def prose(answer: Mapping[str, Any], language: Language) -> str:
    """The text of an answer: paragraphs and bullets, marks as chips, failed checks marked."""
    out, at, bullets = [], 0, False
    pieces = _Pieces(answer, language)
    for line in answer["answer"].split("\n"):
        body = line.lstrip()
        is_bullet = body.startswith(("- ", "* ", "• "))
        html = pieces.html(at + len(line) - len(body) + (2 if is_bullet else 0), at + len(line))
        at += len(line) + 1
        if is_bullet != bullets:
            out.append("<ul>" if is_bullet else "</ul>")
            bullets = is_bullet
        if html.strip():
            out.append(f"<li>{html}</li>" if is_bullet else f"<p>{html}</p>")
    return "".join(out) + ("</ul>" if bullets else "")


class _Pieces:
    """Parts of an answer's text as HTML: sentences as far as they stand there in order, marks as chips."""

    def __init__(self, answer: Mapping[str, Any], language: Language) -> None:
        self.text, self.language = answer["answer"], language
        self.sentences = answer["sentences"]
        self.known = {s["id"]: s for s in answer["sources"]}
        self.spans: list[tuple[int, int, int]] = []
        at = 0
        for number, sentence in enumerate(self.sentences):
            start = self.text.find(sentence["text"], at)
            if start >= 0:
                at = start + len(sentence["text"])
                self.spans.append((start, at, number))

    def html(self, start: int, end: int) -> str:
        out, at, last = [], start, None
        for a, b, number in self.spans:
            if b <= start:
                last = number
            elif a < end:
                out.append(self._between(at, max(a, at), last))
                out.append(self._sentence(self.text[max(a, start) : min(b, end)], number))
                at, last = min(b, end), number
        out.append(self._between(at, end, last))
        return "".join(out)

    def _sentence(self, text: str, number: int) -> str:
        html, check = escape(text), self.sentences[number]["check"]
        if check in ("partial", "unsupported"):
            why = word(f"check_{check}", self.language)
            html = f'<span class="{check}" title="{why}">{html}<span class="hidden"> ({why})</span></span>'
        return f'<span class="sentence" data-sentence="{number}">{html}</span>'

    def _between(self, start: int, end: int, sentence: int | None) -> str:
        """Text between sentences: its marks become the chips of the sentence before, the rest is escaped."""
        out, at, text = [], 0, self.text[start:end]
        for mark in _MARK.finditer(text):
            source = self.known.get(int(mark[1]))
            if source is None:
                continue
            out.append(escape(text[at : mark.start()].rstrip()))
            quote = quote_of(self.sentences[sentence], source["id"]) if sentence is not None else ""
            # a narrow no-break space binds the chip to the word before it
            out.append(f"&#8239;{chip(source, sentence, quote, self.language)}")
            at = mark.end()
        return "".join(out) + escape(text[at:])


def quote_of(sentence: Mapping[str, Any], source: int) -> str:
    """The sentence of a source that carries a sentence of the answer; "" where none is named."""
    quotes = dict(zip(sentence["citations"], sentence.get("quotes") or (), strict=False))
    return str(quotes.get(source, ""))


def chip(source: Mapping[str, Any], sentence: int | None, quote: str, language: Language) -> str:
    """A number that opens a source at a sentence; its card shows the place and the quote."""
    number, where = int(source["id"]), place(source, language)
    at = "" if sentence is None else f' data-sentence="{sentence}"'
    return (
        f'<button type="button" class="chip {css_of(source)}" data-do="cite" data-source="{number}"{at} '
        f'data-where="{escape(where)}" data-quote="{escape(quote or str(source["quote"]))}" '
        f'aria-label="{escape(word("source_n", language, n=number))}: {escape(where)}">{number}</button>'
    )


def place(source: Mapping[str, Any], language: Language) -> str:
    """Where a source stands, in a few words: "2.3.1 Prefix Tuning · Page 15"."""
    own = source["kind"] in ("survey", "guide") and source["section"]
    where = [str(source["section"]).split(" > ")[-1] if own else source["title"]]
    if source["page"]:
        where.append(word("page_n", language, n=source["page"]))
    return " · ".join(str(x) for x in where if x) or kind_of(source, language)


def source_list(answer: Mapping[str, Any], language: Language) -> str:
    """What is cited, then what is near; each begins with what it says."""
    cited = {c for s in answer["sentences"] for c in s["citations"]}
    cited |= set((answer.get("premise") or {}).get("citations", ()))
    first = [s for s in answer["sources"] if s["id"] in cited]
    rest = [s for s in answer["sources"] if s["id"] not in cited]
    html = ""
    if first:
        rows = [_source_row(s, language) for s in first]
        more = rows[ROWS:] if len(rows) > ROWS + 2 else []
        count = word("more", language, n=len(more))
        folded = f"<details><summary>{count}</summary><ol>{''.join(more)}</ol></details>"
        shown = rows[:ROWS] if more else rows
        html = f"<h3>{word('cited', language)}</h3><ol>{''.join(shown)}</ol>{folded if more else ''}"
    if rest:
        rows = [_source_row(s, language) for s in rest]
        html += (
            f'<details class="see-also"><summary>{word("see_also", language)} ({len(rows)})</summary>'
            f"<ol>{''.join(rows)}</ol></details>"
        )
    return f'<div class="source-list">{html}</div>' if html else ""


def _source_row(source: Mapping[str, Any], language: Language) -> str:
    quote = " ".join(str(source["quote"]).split())
    return (
        f'<li><button type="button" class="source-row" data-do="cite" data-source="{int(source["id"])}">'
        f'<span class="number">{int(source["id"])}</span><span class="says">{escape(quote[:240])}</span>'
        f'<span class="where">{escape(place(source, language))} · {kind_of(source, language)}</span>'
        "</button></li>"
    )


def kind_of(source: Mapping[str, Any], language: Language) -> str:
    kind = source["kind"]
    return word(f"kind_{kind}", language) if kind in KINDS else escape(str(kind))


def css_of(source: Mapping[str, Any]) -> str:
    return source["kind"] if source["kind"] in KINDS else ""


# ---- tables -------------------------------------------------------------------------------------


def _is_comparison(answer: Mapping[str, Any]) -> bool:
    """Whether each sentence of an answer stands in a cell of its table."""
    table = answer.get("table")
    cells = {cell for row in table["rows"] for cell in row} if table else set()
    return bool(table) and all(_bare(s["text"]) in {_bare(c) for c in cells} for s in answer["sentences"])


def _bare(text: str) -> str:
    return _MARK.sub("", text).strip()


def contract_table(table: Mapping[str, Any], answer: Mapping[str, Any], language: Language) -> str:
    """A table of the contract, which scrolls in itself; columns with nothing in them are left out."""
    rows = table["rows"]
    columns = [i for i, _ in enumerate(table["columns"]) if any(i < len(row) and row[i] for row in rows)]
    columns = columns if rows else list(range(len(table["columns"])))
    spoken = {_bare(s["text"]): n for n, s in reversed(list(enumerate(answer["sentences"])))}
    known = {s["id"]: s for s in answer["sources"]}

    def cell(text: str) -> str:
        number = spoken.get(_bare(text))
        chips = ""
        if number is not None:
            sentence = answer["sentences"][number]
            chips = "".join(
                chip(known[c], number, quote_of(sentence, c), language)
                for c in sentence["citations"]
                if c in known
            )
        return f"{escape(_bare(text))}{chips and '&#8239;'}{chips}"

    head = "".join(
        f'<th scope="col">{_sort(str(table["columns"][i]), n, language)}</th>' for n, i in enumerate(columns)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell(row[i])}</th>'
            if n == 0
            else f"<td>{cell(row[i]) if i < len(row) else ''}</td>"
            for n, i in enumerate(columns)
        )
        + "</tr>"
        for row in rows
    )
    parts = [str(table.get("title") or "")]
    if table.get("page"):
        parts.append(word("on_page", language, n=table["page"]))
    total = table.get("total")
    if isinstance(total, int) and total != len(rows):
        parts.append(word("of_total", language, n=len(rows), total=total))
    caption = escape(" · ".join(part for part in parts if part))
    return _scrolling(caption or word("columns_of", language, n=len(rows)), "told", head, body)


def _scrolling(caption: str, css: str, head: str, body: str) -> str:
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{caption}"><table class="{css}">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _sort(caption: str, column: int, language: Language) -> str:
    return (
        f'<button type="button" data-do="sort" data-column="{column}" '
        f'aria-label="{escape(word("sort_by", language, what=caption))}">{escape(caption)}'
        f'<span aria-hidden="true"></span></button>'
    )


def paper_table(papers: Sequence[Mapping[str, Any]], language: Language, total: object = None) -> str:
    """Papers as a numbered table that sorts by title, venue and year."""
    head = "<th></th>" + "".join(
        f'<th scope="col" aria-sort="none">{_sort(word(c, language), i, language)}</th>'
        for i, c in enumerate(("title", "venue", "year"), 1)
    )
    rows = "".join(_paper_row(n, p, language) for n, p in enumerate(papers, 1))
    caption = f"{len(papers)} {word('papers', language)}"
    if isinstance(total, int) and total != len(papers):
        caption = word("of_total", language, n=len(papers), total=total)
    return _scrolling(caption, "papers", f'{head}<th scope="col">{word("links", language)}</th>', rows)


def _paper_row(number: int, paper: Mapping[str, Any], language: Language) -> str:
    links = [
        link(paper.get(k), word(w, language))
        for k, w in (("url", "paper"), ("code", "code"))
        if is_web(paper.get(k))
    ]
    return (
        f'<tr><td class="n">{number}</td><td>{escape(str(paper.get("title") or ""))}</td>'
        f"<td>{escape(str(paper.get('where') or paper.get('venue') or ''))}</td>"
        f'<td>{escape(str(paper.get("year") or ""))}</td><td class="links">{" ".join(links)}</td></tr>'
    )
