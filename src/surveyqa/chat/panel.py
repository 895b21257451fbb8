"""The source panel as HTML: where a source stands, its pages with the sentence marked, what it cites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from surveyqa.chat.live import Pages
from surveyqa.chat.render import Language, button, css_of, is_web, kind_of, link, quote_of, word

CONTEXT = 420  # characters of a passage around its quote that show at once


def panel(
    source: Mapping[str, Any],
    sentence: int | None,
    answer: Mapping[str, Any],
    code: Mapping[str, str],
    pages: Pages,
    root: str,
    language: Language,
) -> str:
    """A source as a reader opens it: where it stands, its pages or its text with the sentence marked, what it
    cites. sentence: of the answer, whose quote is marked; code: arXiv id or catalogue key -> address."""
    chosen = (
        answer["sentences"][sentence]
        if sentence is not None and sentence < len(answer["sentences"])
        else None
    )
    quote = (chosen and quote_of(chosen, source["id"])) or str(source["quote"])
    section = " <span aria-hidden='true'>›</span> ".join(
        escape(x) for x in str(source["section"] or "").split(" > ") if x
    )
    byline = " · ".join(
        str(x) for x in (source["title"] if section else "", source["authors"], source["year"]) if x
    )
    says = ""
    if chosen and chosen["text"] not in quote:
        how = word(
            "written_by_us" if chosen.get("origin") == "written" else f"check_{chosen['check']}", language
        )
        said = escape(chosen["text"])
        says = f'<p class="says">{word("answer_sentence", language)}: {said} <em>({how})</em></p>'
    viewer = page_viewer(source, quote, answer, pages, root, language)
    text = _quote(source, quote)
    if viewer:
        text = f'<details class="quoted"><summary>{word("quote", language)}</summary>{text}</details>'
    head = (
        f'<header class="panel-head"><h2><span class="number">{int(source["id"])}</span> '
        f"{section or escape(str(source['title']))}</h2>"
        f"{button('×', 'close', 'close', label=word('close', language))}</header>"
    )
    facts = [
        f'<span class="kind {css_of(source)}">{kind_of(source, language)}</span>',
        *_source_links(source, code, language),
    ]
    guide = f'<p class="note">{word("guide_how", language)} <code>surveyqa update</code></p>'
    return (
        f'<div class="panel-body">{head}<p class="facts">{"".join(facts)}</p>'
        f"{f'<p class=byline>{escape(byline)}</p>' if byline else ''}{says}{text}"
        f"{guide if source['kind'] == 'guide' else ''}{viewer}{cited_papers(source, code, language)}</div>"
    )


def cited_papers(source: Mapping[str, Any], code: Mapping[str, str], language: Language) -> str:
    """The papers that a quote cites, with where to find them."""
    if not source["papers"]:
        return ""
    items = "".join(f"<li>{_cited(p, code, language)}</li>" for p in source["papers"])
    return f'<div class="cites"><h3>{word("cites", language)}</h3><ul class="cited">{items}</ul></div>'


def _source_links(source: Mapping[str, Any], code: Mapping[str, str], language: Language) -> Iterator[str]:
    arxiv, url = source["arxiv_id"], source["url"]
    if arxiv:
        yield link(f"https://arxiv.org/abs/{arxiv}", f"arXiv {arxiv}")
    if is_web(url) and f"arxiv.org/abs/{arxiv}" not in url:
        host = str(urlsplit(url).netloc)
        yield link(url, word("page_on", language, n=source["page"], host=host) if source["page"] else host)
    if arxiv in code:
        yield link(code[arxiv], word("code", language))


def _quote(source: Mapping[str, Any], quote: str) -> str:
    """The passage around a quote, which is marked."""
    passage = str(source["passage"])
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


def _cited(paper: Mapping[str, Any], code: Mapping[str, str], language: Language) -> str:
    arxiv = paper.get("arxiv_id")
    url = paper.get("url") or (f"https://arxiv.org/abs/{arxiv}" if arxiv else None)
    rest = ", ".join(str(x) for x in (paper.get("authors"), paper.get("year")) if x)
    address = code.get(str(paper.get("key"))) or code.get(str(arxiv))
    extra = f" · {link(address, word('code', language))}" if address else ""
    return f'{link(url, str(paper["title"]))} <span class="by">{escape(rest)}</span>{extra}'


def page_viewer(
    source: Mapping[str, Any],
    quote: str,
    answer: Mapping[str, Any],
    pages: Pages,
    root: str,
    language: Language,
) -> str:
    """All pages below each other, fetched as they come into sight; the quote is marked on its page, what else
    of the source is cited there faintly."""
    home, count, version = source["page"], pages.count, pages.version
    if source["kind"] != "survey" or not home or not 1 <= home <= count:
        return ""
    others = {quote_of(s, source["id"]) for s in answer["sentences"] if source["id"] in s["citations"]} - {
        quote,
        "",
    }
    sheets = []
    for n in range(1, count + 1):
        marks, alt = "", word("page_alt", language, n=n)
        if home <= n <= home + 1:  # a quote may run on
            marks = "".join(_marks(pages.boxes(n, other), "hl faint") for other in sorted(others))
            marks += _marks(pages.boxes(n, quote), "hl")
            alt = word("page_alt_hl", language, n=n) if 'class="hl"' in marks else alt
        sheets.append(
            f'<div class="sheet" data-page="{n}"><img loading="lazy" width="1224" height="1584" alt="{alt}" '
            f'src="{escape(root)}/pages/{version}/{n}.png">{marks}</div>'
        )
    bar = (
        f"{button('‹', 'leaf', 'tool', label=word('previous', language), by=-1)}"
        f'<span class="at" aria-live="polite">{word("page_n", language, n=home)} / {count}</span>'
        f"{button('›', 'leaf', 'tool', label=word('next', language), by=1)}"
        f"{button(word('back_to_quote', language), 'quote')}<span class='gap'></span>"
        f"{button('−', 'zoom', 'tool', label=word('zoom_out', language), by=-1)}"
        f"{button('+', 'zoom', 'tool', label=word('zoom_in', language), by=1)}"
    )
    label = word("pages_of", language)
    return (
        f'<div class="page"><div class="page-bar">{bar}</div><div class="sheets" tabindex="0" role="region" '
        f'aria-label="{label}" data-home="{home}">{"".join(sheets)}</div></div>'
    )


def _marks(boxes: Sequence[tuple[float, float, float, float]], css: str) -> str:
    return "".join(
        f'<span class="{css}" style="left:{x0:.4%};top:{y0:.4%};'
        f'width:{x1 - x0:.4%};height:{y1 - y0:.4%}"></span>'
        for x0, y0, x1, y1 in boxes
    )
