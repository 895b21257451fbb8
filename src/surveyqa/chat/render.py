"""Answers, sources and pages as HTML.

Every text of a source, a question or a browser goes through `escape`, every address through `link`: what
looks like markup shows as text, and only http(s) addresses become links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from surveyqa.chat.conversation import Progress, Turn
from surveyqa.chat.pages import Pages
from surveyqa.chat.words import Language, word

_MARK = re.compile(r"\s*((?:\[\d{1,3}\]\s*)+)")
# as `assistant.refusal` writes it
_REFUSAL = re.compile(
    r"(?:The survey does not say(?:: (?P<why>.*)|\.)|综述没有说明这一点(?:[((](?P<zh>.*)[))])?。)$", re.DOTALL
)
ROWS = 8  # sources under an answer that show at once
CONTEXT = 420  # characters of a passage around its quote that show at once

EXAMPLES = (
    ("definition", "What is prefix tuning?"),
    ("comparison", "How does Medusa differ from speculative decoding?"),
    ("list", "Which papers do weight-only quantization?"),
    ("chinese", "SmoothQuant 是怎么解决激活难量化的?"),
)


def link(url: object, text: str, css: str = "") -> str:
    """A link to an http(s) address; for anything else the text alone."""
    if not _web(url):
        return escape(text)
    classes = f' class="{css}"' if css else ""
    return (
        f'<a href="{escape(str(url))}" target="_blank" rel="noopener noreferrer"{classes}>{escape(text)}</a>'
    )


def _web(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def button(caption: str, do: str, css: str = "plain", label: str = "", **data: object) -> str:
    """A button that the page's script hands on as the event `do` with `data`."""
    extra = "".join(f' data-{k}="{escape(str(v))}"' for k, v in data.items())
    aria = f' aria-label="{escape(label)}"' if label else ""
    return f'<button type="button" class="{css}" data-do="{do}"{extra}{aria}>{escape(caption)}</button>'


# ---- conversation -------------------------------------------------------------------------------


def conversation(turns: Sequence[Turn], language: Language, feedback: bool) -> str:
    """All finished turns, or the welcome where there are none yet."""
    if not turns:
        return welcome(language)
    return "".join(turn_html(n, turn, language, feedback) for n, turn in enumerate(turns))


def welcome(language: Language) -> str:
    cards = "".join(
        f'<button type="button" class="card" data-do="suggest" data-text="{escape(text)}">'
        f'<span class="kind">{word(kind, language)}</span><span>{escape(text)}</span></button>'
        for kind, text in EXAMPLES
    )
    return (
        f'<div class="welcome"><h2>{word("welcome", language)}</h2><p>{word("welcome_text", language)}</p>'
        f'<div class="cards" role="group" aria-label="{word("try", language)}">{cards}</div></div>'
    )


def turn_html(n: int, turn: Turn, language: Language, feedback: bool) -> str:
    answer = turn["a"]
    tools = [
        button(word("copy", language), "copy", turn=n),
        button(word("retry", language), "again", turn=n),
        button(word("edit", language), "edit", turn=n),
        *(
            button(
                word(form, language),
                "export",
                turn=n,
                form=form,
                label=f"{word('export', language)}: {word(form, language)}",
            )
            for form in ("markdown", "bibtex", "json")
        ),
    ]
    if feedback:
        tools += [
            button("▲", "thumb", label=word("helpful", language), turn=n, up=1),
            button("▼", "thumb", label=word("unhelpful", language), turn=n, up=0),
        ]
    return (
        f'<article class="turn" id="turn-{n}" aria-label="{word("question_n", language, n=n + 1)}">'
        f'<h2 class="question">{escape(turn["q"])}</h2>{answer_html(n, answer, language)}'
        f'<div class="tools" role="group" aria-label="{word("question_n", language, n=n + 1)}">'
        f"{''.join(tools)}</div></article>"
    )


def answer_html(n: int | str, answer: Mapping[str, Any], language: Language) -> str:
    """The body of one answer. `n` names the turn in the events of its buttons."""
    parts = [f'<p class="note">{escape(str(note))}</p>' for note in answer.get("notes", ())]
    if answer.get("status") == "no_answer":
        parts.append(f'<p class="silent"><strong>{word("no_answer", language)}</strong></p>')
        answer = {**answer, "answer": _reason(answer["answer"])}
    parts.append(f'<div class="text">{prose(n, answer, language)}</div>')
    if answer["papers"]:
        parts.append(paper_table(answer["papers"], language, answer.get("total")))
    if answer["suggestions"]:
        chips = "".join(
            button(str(s), "suggest", "suggestion", text=about(str(s), language))
            for s in answer["suggestions"]
        )
        parts.append(f'<div class="nearest"><h3>{word("nearest", language)}</h3>{chips}</div>')
    folded = bool(answer["papers"]) and all(s["kind"] == "catalog" for s in answer["sources"])
    parts.append(source_list(n, answer["sources"], language, folded))
    return "".join(parts)


def _reason(text: str) -> str:
    """Why there is no answer; what stands before it is the heading above."""
    found = _REFUSAL.match(text)
    reason = (found["why"] or found["zh"] or "").strip() if found else text
    return reason[:1].upper() + reason[1:]


def about(suggestion: str, language: Language) -> str:
    """A suggestion as a question: a section's title without its number, a question as it is."""
    if suggestion.rstrip().endswith(("?", "?")):
        return suggestion
    if suggestion.startswith("Paper: "):
        title = suggestion.removeprefix("Paper: ")
        return f"“{title}” 提出了什么?" if language == "zh" else f"What does “{title}” propose?"
    name = re.sub(r"^(?:section\s+)?[\d.]+\s+", "", suggestion.split(" > ")[-1], flags=re.IGNORECASE)
    name = re.sub(r"\s*\((?:section|page|p\.)[^)]*\)$", "", name, flags=re.IGNORECASE)
    return f"综述如何介绍 {name}?" if language == "zh" else f"What does the survey say about {name}?"


def prose(n: int | str, answer: Mapping[str, Any], language: Language) -> str:
    """The text of an answer: paragraphs and bullets, marks as chips, failed checks marked."""
    known = {s["id"]: s for s in answer["sources"]}
    spans = _sentence_spans(answer)
    out, at, bullets = [], 0, False
    for line in answer["answer"].split("\n"):
        if line.startswith("|"):
            if bullets:
                out.append("</ul>")
                bullets = False
            cells = [_line(n, c, a, spans, known, language) for c, a in _table_cells(line, at)]
            at += len(line) + 1
            if not set(line) <= set("|- :"):
                out.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
            continue
        body = _line(n, line, at, spans, known, language)
        at += len(line) + 1
        is_bullet = line.lstrip().startswith(("- ", "* ", "• "))
        if is_bullet != bullets:
            out.append("<ul>" if is_bullet else "</ul>")
            bullets = is_bullet
        if body.strip():
            out.append(f"<li>{body}</li>" if is_bullet else f"<p>{body}</p>")
    html = "".join(out) + ("</ul>" if bullets else "")
    return re.sub(r"(?:<tr>.*?</tr>)+", r'<div class="table" tabindex="0"><table>\g<0></table></div>', html)


def _table_cells(line: str, offset: int) -> list[tuple[str, int]]:
    """The cells of a row of a Markdown table, with where each begins."""
    row = line.rstrip()
    return [(m.group().rstrip(), offset + m.start()) for m in re.finditer(r"(?<=\|)(?:\\.|[^|\\])+", row)]


def _sentence_spans(answer: Mapping[str, Any]) -> list[tuple[int, int, Mapping[str, Any]]]:
    """(start, end, sentence) of the sentences in the answer's text, as far as they stand there in order."""
    spans, at = [], 0
    for sentence in answer["sentences"]:
        start = answer["answer"].find(sentence.get("text") or "\0", at)
        if start >= 0:
            at = start + len(sentence["text"])
            spans.append((start, at, sentence))
    return spans


def _line(
    n: int | str,
    line: str,
    offset: int,
    spans: Sequence[tuple[int, int, Mapping[str, Any]]],
    known: Mapping[int, Mapping[str, Any]],
    language: Language,
) -> str:
    out, at, end = [], offset, offset + len(line)
    if (bullet := re.match(r"\s*[-*•] ", line)) is not None:
        at += bullet.end()
    for number, (a, b, sentence) in enumerate(spans):
        if b <= at or a >= end:
            continue
        out.append(_marks(n, line[at - offset : max(a, at) - offset], known, language))
        text = escape(line[max(a, at) - offset : min(b, end) - offset])
        check = sentence.get("check")
        if check in ("partial", "unsupported"):
            why = word(f"check_{check}", language)
            text = f'<span class="{check}" title="{why}">{text}<span class="hidden"> ({why})</span></span>'
        out.append(f'<span class="sentence" data-sentence="{number}">{text}</span>')
        at = min(b, end)
    out.append(_marks(n, line[at - offset :], known, language))
    return "".join(out)


def _marks(n: int | str, text: str, known: Mapping[int, Mapping[str, Any]], language: Language) -> str:
    """Text between sentences: its [1][2] become chips, the rest is escaped."""
    out, at = [], 0
    for match in _MARK.finditer(text):
        ids = [int(i) for i in re.findall(r"\d+", match.group(1))]
        if not all(i in known for i in ids):
            continue
        out.append(escape(text[at : match.start()]))
        # a no-break space binds the chips to the sentence's last word
        chips = "".join(chip(n, known[i], language) for i in dict.fromkeys(ids))
        out.append(f'<span class="chips{" many" if len(ids) > 4 else ""}">&#8239;{chips}</span> ')
        at = match.end()
    return "".join(out) + escape(text[at:])


def chip(n: int | str, source: Mapping[str, Any], language: Language) -> str:
    label = f"{word('source_n', language, n=source['id'])}: {place(source, language)}"
    return (
        f'<button type="button" class="chip {escape(str(source["kind"]))}" data-do="cite" data-turn="{n}" '
        f'data-source="{int(source["id"])}" aria-label="{escape(label)}" '
        f'title="{escape(place(source, language))}">'
        f"{int(source['id'])}</button>"
    )


def place(source: Mapping[str, Any], language: Language) -> str:
    """Where a source stands, in a few words: "2.3.1 Prefix Tuning, page 15"."""
    where = [
        source["section"]
        if source.get("section") and source["kind"] in ("survey", "guide")
        else source["title"]
    ]
    if source.get("page"):
        where.append(word("page_n", language, n=source["page"]))
    return " · ".join(str(x) for x in where if x) or word(f"kind_{source['kind']}", language)


def source_list(
    n: int | str, sources: Sequence[Mapping[str, Any]], language: Language, folded: bool = False
) -> str:
    """The sources in a row each; folded where a table above has them already."""
    if not sources:
        return ""
    rows = [
        f'<li><button type="button" class="source-row" data-do="cite" data-turn="{n}" '
        f'data-source="{int(s["id"])}">'
        f'<span class="number">{int(s["id"])}</span><span class="where">{escape(place(s, language))}</span>'
        f'<span class="kind {escape(str(s["kind"]))}">{_kind(s["kind"], language)}</span></button></li>'
        for s in sources
    ]
    if folded:
        return (
            f'<details class="source-list"><summary>{word("sources", language)} ({len(rows)})</summary>'
            f"<ol>{''.join(rows)}</ol></details>"
        )
    more = ""
    if len(rows) > ROWS + 2:  # a complete list of papers cites each of them
        hidden = "".join(rows[ROWS:])
        more = (
            f"<details><summary>{word('more', language, n=len(rows) - ROWS)}</summary>"
            f'<ol start="{ROWS + 1}">{hidden}</ol></details>'
        )
        rows = rows[:ROWS]
    return (
        f'<div class="source-list"><h3>{word("sources", language)}</h3><ol>{"".join(rows)}</ol>{more}</div>'
    )


def _kind(kind: object, language: Language) -> str:
    try:
        return word(f"kind_{kind}", language)
    except KeyError:
        return escape(str(kind))


def in_progress(question: str, progress: Progress, language: Language) -> str:
    """The turn that is being made."""
    stage = (
        progress.stage if progress.stage in ("searching", "reading", "writing", "checking") else "searching"
    )
    so_far = ""
    if progress.sentences:
        text = " ".join(s["text"] + "".join(f" [{c}]" for c in s["citations"]) for s in progress.sentences)
        so_far = f'<div class="text">{prose("live", _partial(text, progress), language)}</div>'
    return (
        f'<article class="turn live"><h2 class="question">{escape(question)}</h2>{so_far}'
        f'<p class="stage" role="status"><span class="dot" aria-hidden="true"></span>'
        f"{word(stage, language)}</p></article>"
    )


def _partial(text: str, progress: Progress) -> Mapping[str, Any]:
    return {"answer": text, "sentences": progress.sentences, "sources": progress.sources}


def just_asked(question: str, language: Language) -> str:
    """The turn that has just been asked."""
    return in_progress(question, Progress("searching"), language)


def notice(question: str, text: str) -> str:
    """A turn that did not come to an answer."""
    asked = f'<h2 class="question">{escape(question)}</h2>' if question else ""
    return f'<article class="turn live">{asked}<p class="alert" role="alert">{escape(text)}</p></article>'


def paper_table(papers: Sequence[Mapping[str, Any]], language: Language, total: object = None) -> str:
    """Papers as a table that sorts by title, venue and year."""
    columns = ("title", "venue", "year")
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button" data-do="sort" data-column="{i}" '
        f'aria-label="{word("sort_by", language, what=word(c, language))}">{word(c, language)}'
        f'<span aria-hidden="true"></span>'
        f"</button></th>"
        for i, c in enumerate(columns)
    )
    rows = "".join(_paper_row(p, language) for p in papers)
    caption = ""
    if isinstance(total, int):
        caption = f"<caption>{total} {word('papers', language)}</caption>"
        if total != len(papers):
            caption = f"<caption>{word('of_total', language, n=len(papers), total=total)}</caption>"
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{word("papers", language)}">'
        f'<table class="papers">{caption}<thead><tr>{head}'
        f'<th scope="col">{word("links", language)}</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _paper_row(paper: Mapping[str, Any], language: Language) -> str:
    links = [link(paper.get("url"), word("paper", language))] if _web(paper.get("url")) else []
    links += [link(paper.get("code"), word("code", language))] if _web(paper.get("code")) else []
    year = paper.get("year")
    return (
        f"<tr><td>{escape(str(paper.get('title') or ''))}</td>"
        f"<td>{escape(str(paper.get('where') or paper.get('venue') or ''))}</td>"
        f'<td>{escape(str(year)) if year else ""}</td><td class="links">{" ".join(links)}</td></tr>'
    )


# ---- the source panel ---------------------------------------------------------------------------


def empty_panel(language: Language) -> str:
    return f'<div class="panel-empty"><p>{word("panel_empty", language)}</p></div>'


def source_panel(
    source: Mapping[str, Any],
    answer: Mapping[str, Any],
    code: Mapping[str, str],
    language: Language,
    pages: int,
) -> str:
    """All about one source. code: arXiv id or catalogue key -> address of the code."""
    kind = str(source["kind"])
    section = " <span aria-hidden='true'>›</span> ".join(
        escape(x) for x in str(source.get("section") or "").split(" > ") if x
    )
    page = source.get("page")
    facts = [f'<span class="kind {escape(kind)}">{_kind(kind, language)}</span>']
    if page:
        facts.append(f"<span>{word('page_n', language, n=int(page))}{f' / {pages}' if pages else ''}</span>")
    score = source.get("score")
    if isinstance(score, int | float):
        facts.append(f"<span>{word('score', language)} {score:.2f}</span>")
    byline = ", ".join(str(x) for x in (source.get("authors"), source.get("year")) if x)
    parts = [
        f'<header class="panel-head"><h2><span class="number">{int(source["id"])}</span> '
        f"{section or escape(str(source['title']))}</h2>"
        f"{button('×', 'close', 'close', label=word('close', language))}</header>",
        f'<p class="facts">{"".join(facts)}</p>',
        f'<p class="byline">{escape(str(source["title"]))}{" · " + escape(byline) if byline else ""}</p>'
        if source["title"] and (section or byline)
        else "",
        f'<p class="links">{_source_links(source, code, language)}</p>',
        f"<h3>{word('quote', language)}</h3>{_quote(source)}",
        _supports(source, answer, language),
    ]
    if kind == "guide":
        parts.append(f'<p class="note">{word("guide_how", language)} <code>surveyqa update</code></p>')
    return f'<div class="panel-body">{"".join(parts)}</div>'


def cited_papers(source: Mapping[str, Any], code: Mapping[str, str], language: Language) -> str:
    """The papers that a quote cites, with where to find them."""
    papers = [p for p in source.get("papers") or () if isinstance(p, dict)]
    if not papers:
        return ""
    items = "".join(f"<li>{_cited(p, code, language)}</li>" for p in papers)
    return f'<div class="cites"><h3>{word("cites", language)}</h3><ul class="cited">{items}</ul></div>'


def _source_links(source: Mapping[str, Any], code: Mapping[str, str], language: Language) -> str:
    links = []
    if source.get("arxiv_id"):
        links.append(link(f"https://arxiv.org/abs/{source['arxiv_id']}", f"arXiv {source['arxiv_id']}"))
    if _web(source.get("url")) and f"arxiv.org/abs/{source.get('arxiv_id')}" not in source["url"]:
        host = str(urlsplit(source["url"]).netloc)
        page = source.get("page")
        links.append(link(source["url"], word("page_on", language, n=page, host=host) if page else host))
    if (address := code.get(str(source.get("arxiv_id")))) is not None:
        links.append(link(address, word("code", language)))
    return " ".join(links)


def _quote(source: Mapping[str, Any]) -> str:
    passage, quote = str(source["passage"]), str(source["quote"])
    at = passage.find(quote)
    if at < 0 or not quote:
        return f'<blockquote tabindex="0"><mark>{escape(quote)}</mark></blockquote>'
    start, end = max(0, at - CONTEXT), min(len(passage), at + len(quote) + CONTEXT)
    before = "… " + passage[start:at].partition(" ")[2] if start else passage[:at]
    after = passage[at + len(quote) : end]
    if end < len(passage):
        after = after.rsplit(" ", 1)[0] + " …"
    return (
        f'<blockquote tabindex="0">{escape(before)}<mark>{escape(quote)}</mark>{escape(after)}</blockquote>'
    )


def _supports(source: Mapping[str, Any], answer: Mapping[str, Any], language: Language) -> str:
    """The sentences of the answer that cite the source, where they say it in other words than the quote."""
    mine = [s for s in answer["sentences"] if source["id"] in s.get("citations", ())]
    mine = [s for s in mine if s.get("check") != "supported" or s["text"] not in source["quote"]]
    if not mine:
        return ""
    items = "".join(
        f"<li>{escape(str(s['text']))} <em>({_check(s.get('check'), language)})</em></li>" for s in mine
    )
    return f'<h3>{word("supports", language)}</h3><ul class="supports">{items}</ul>'


def _check(check: object, language: Language) -> str:
    return word(f"check_{check}", language) if check in ("supported", "partial", "unsupported") else ""


def _cited(paper: Mapping[str, Any], code: Mapping[str, str], language: Language) -> str:
    url = paper.get("url") or (
        f"https://arxiv.org/abs/{paper['arxiv_id']}" if paper.get("arxiv_id") else None
    )
    rest = [str(x) for x in (paper.get("authors"), paper.get("year")) if x]
    address = code.get(str(paper.get("key"))) or code.get(str(paper.get("arxiv_id")))
    extra = f" · {link(address, word('code', language))}" if address else ""
    by = f' <span class="by">{escape(", ".join(rest))}</span>' if rest else ""
    return f"{link(url, str(paper.get('title') or ''))}{by}{extra}"


def page_figure(
    pages: Pages, page: int, quote: str, home: int, turn: object, source: int, root: str, language: Language
) -> str:
    """A page of the survey with the quote's lines highlighted, and buttons that turn and zoom it."""
    count = pages.count
    if not count or not 1 <= page <= count:
        return ""
    boxes = pages.boxes(page, quote)
    rects = "".join(
        f'<span class="hl" style="left:{x0:.4%};top:{y0:.4%};'
        f'width:{x1 - x0:.4%};height:{y1 - y0:.4%}"></span>'
        for x0, y0, x1, y1 in boxes
    )
    alt = word("page_alt_hl" if boxes else "page_alt", language, n=page)

    def turn_to(text: str, key: str, to: int) -> str:
        disabled = "" if 1 <= to <= count else " disabled"
        return button(
            text, "leaf", "tool", label=word(key, language), page=to, turn=turn, source=source
        ).replace("<button", f"<button{disabled}", 1)

    away = ""
    if not boxes:
        back = (
            button(word("back_to_quote", language), "leaf", "plain", page=home, turn=turn, source=source)
            if page != home
            else ""
        )
        away = f'<p class="away">{word("no_quote_here", language)} {back}</p>'
    return (
        f'<div class="page"><div class="page-bar">{turn_to("‹", "previous", page - 1)}'
        f'<span aria-live="polite">{word("page_n", language, n=page)} / {count}</span>'
        f"{turn_to('›', 'next', page + 1)}"
        f'<span class="gap"></span>{button("−", "zoom", "tool", label=word("zoom_out", language), by=-1)}'
        f"{button('+', 'zoom', 'tool', label=word('zoom_in', language), by=1)}</div>{away}"
        f'<div class="sheet-frame" tabindex="0" role="region" aria-label="{alt}"><div class="sheet">'
        f'<img src="{escape(root)}/pages/{pages.version}/{page}.png" alt="{alt}" '
        f'width="1224" height="1584">{rects}</div></div></div>'
    )
