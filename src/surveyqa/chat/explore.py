"""The survey's taxonomy as a page: a tree with counts, and of a node its words, papers and years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from surveyqa.chat.render import Language, both, button, link, paper_table, word
from surveyqa.errors import IndexError_
from surveyqa.index.manifest import State, compare

SEPARATOR = " > "
WORDS = 700  # characters of a section that show
TRIED = 8  # topics that are asked about before follow-ups are shown
CHANGES = 200  # of each kind that show
Path_ = tuple[str, ...]


def page(assistant: Any, language: Language, path: str = "") -> str:
    """The page at a node of the tree; at its root the plot and what changed."""
    catalog = assistant.catalog
    node = tuple(path.split(SEPARATOR)) if path else ()
    if node and node not in catalog.taxonomy.nodes():
        node = ()
    body = _node(assistant, node, language) if node else _overview(assistant, language)
    return (
        f'<div class="explore"><nav aria-label="{word("taxonomy", language)}">'
        f"{_tree(catalog, node, language)}</nav>"
        f'<div class="node">{body}</div></div>'
    )


def _tree(catalog: Any, chosen: Path_, language: Language) -> str:
    total = len(catalog.papers)
    current = ' aria-current="true"' if not chosen else ""
    top = _branch_button(word("all_papers", language), "", total, current)
    return f'<ul class="tree"><li>{top}</li>{_branches(catalog, (), chosen, language)}</ul>'


def _branches(catalog: Any, parent: Path_, chosen: Path_, language: Language) -> str:
    out = []
    for path in catalog.taxonomy.children(parent):
        count = len(catalog.filter(category=path))
        current = ' aria-current="true"' if path == chosen else ""
        name = _branch_button(path[-1], SEPARATOR.join(path), count, current)
        below = _branches(catalog, path, chosen, language)
        if below:
            is_open = len(path) == 1 or path == chosen[: len(path)]
            fold = (
                f'<button type="button" class="fold" data-do="fold" aria-expanded="{str(is_open).lower()}" '
                f'aria-label="{escape(word("inside", language, name=path[-1]))}"></button>'
            )
            out.append(f"<li>{fold}{name}<ul{'' if is_open else ' hidden'}>{below}</ul></li>")
        else:
            out.append(f"<li>{name}</li>")
    return "".join(out)


def _branch_button(text: str, path: str, count: int, current: str) -> str:
    return (
        f'<button type="button" class="branch" data-do="open" data-node="{escape(path)}"{current}>'
        f'<span>{escape(text)}</span> <span class="count">{count}</span></button>'
    )


def _node(assistant: Any, path: Path_, language: Language) -> str:
    catalog = assistant.catalog
    papers = catalog.filter(category=path)
    crumbs = " › ".join(escape(x) for x in path[:-1])
    section = catalog.section_of(path)
    says = _words(assistant, path, section, language)
    question = word("ask_what", language, name=path[-1])
    return (
        f'<p class="crumbs">{crumbs}</p><h2>{escape(path[-1])}'
        f"{f' <span class=section>§{escape(section)}</span>' if section else ''}</h2>"
        f"<p>{button(word('ask_about', language), 'suggest', 'primary', text=question)}</p>{says}"
        f"{_years(papers, language)}{paper_table([_row(p) for p in papers], language, len(papers))}"
    )


def _row(paper: Any) -> dict[str, Any]:
    return {name: getattr(paper, name, None) for name in ("title", "venue", "year", "url", "code")}


def _words(assistant: Any, path: Path_, section: str | None, language: Language) -> str:
    """The beginning of the section on a category, verbatim."""
    chunk = _opening(assistant.index.chunks, path, section)
    if chunk is None:
        return ""
    heading = "survey_says" if chunk.kind == "survey" else "guide_says"
    text = chunk.text if len(chunk.text) <= WORDS else chunk.text[:WORDS].rsplit(" ", 1)[0] + " …"
    page_at = chunk.pages[0][1] if chunk.pages else None
    where = " · ".join(
        x for x in (chunk.section, word("page_n", language, n=page_at) if page_at else None) if x
    )
    return (
        f"<h3>{word(heading, language)}</h3><blockquote>{escape(text)}"
        f"<footer>{escape(where)}</footer></blockquote>"
    )


def _opening(chunks: Sequence[Any], path: Path_, section: str | None) -> Any | None:
    """The first chunk under the category's own heading, else the first of its section."""
    text = [c for c in chunks if c.kind in ("survey", "guide")]
    names = {_letters(path[-1])}
    for chunk in text:
        if any(_letters(part.lstrip("0123456789. ")) in names for part in chunk.path[-1:]):
            return chunk
    if section:
        return next(
            (c for c in text if any(part.split(" ")[0] == section for part in c.path[-1:])), None
        ) or next((c for c in text if any(part.split(" ")[0] == section for part in c.path)), None)
    return None


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _years(papers: Sequence[Any], language: Language) -> str:
    """Papers per year as bars."""
    counts = Counter(p.year for p in papers if p.year)
    if len(counts) < 2:
        return ""
    most = max(counts.values())
    bars = "".join(
        f'<li><span class="bar" style="height:{counts.get(y, 0) / most:.0%}"></span>'
        f'<span class="n">{counts.get(y, 0)}</span><span class="y">{y}</span></li>'
        for y in range(min(counts), max(counts) + 1)
    )
    return f'<ol class="bars" aria-label="{word("year", language)}">{bars}</ol>'


# ---- the whole list -----------------------------------------------------------------------------


def _overview(assistant: Any, language: Language) -> str:
    catalog = assistant.catalog
    return (
        f"<h2>{word('by_year', language)}</h2>{_heat(catalog, language)}"
        f"<h2>{word('changed', language)}</h2>{what_changed(assistant, language)}"
    )


def _heat(catalog: Any, language: Language) -> str:
    """Categories against years, shaded by count: a plot that is a table, so that it can be read aloud."""
    years = sorted({p.year for p in catalog.papers if p.year})
    rows = [path for path in catalog.taxonomy.nodes() if len(path) == 2]
    rows += [path for top in rows for path in catalog.taxonomy.children(top)]
    rows = sorted(set(rows), key=catalog.taxonomy.nodes().index)
    counts = {path: Counter(p.year for p in catalog.filter(category=path) if p.year) for path in rows}
    most = max((max(c.values(), default=0) for path, c in counts.items() if len(path) == 3), default=1)
    head = "".join(f'<th scope="col">{y}</th>' for y in years)
    body = []
    for path in rows:
        cells = "".join(_cell(counts[path].get(y, 0), most) for y in years)
        name = (
            f'<button type="button" class="branch" data-do="open" data-node="{escape(SEPARATOR.join(path))}">'
            f"{escape(path[-1])}</button>"
        )
        body.append(
            f'<tr class="level{len(path)}"><th scope="row">{name}</th>{cells}'
            f'<td class="sum">{sum(counts[path].values())}</td></tr>'
        )
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{word("by_year", language)}">'
        f'<table class="heat"><thead><tr><th scope="col">{word("p_category", language)}</th>'
        f'{head}<th scope="col">Σ</th></tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _cell(count: int, most: int) -> str:
    if not count:
        return '<td class="zero">·</td>'
    return f'<td style="--heat:{min(1.0, 0.12 + 0.88 * count / most):.2f}">{count}</td>'


# ---- what changed -------------------------------------------------------------------------------


def what_changed(assistant: Any, language: Language) -> str:
    """What the generation in use has that the one before it has not: papers of the list, then texts."""
    folder, committed = assistant.index.folder, assistant.settings.corpus
    before = _generation_before(folder)
    try:
        changes = compare(State.read(before, committed), State.read(folder, committed)) if before else None
    except IndexError_:
        changes = None  # the one before it was removed, or is being
    if before is None or changes is None:
        return f"<p>{word('no_change', language)}</p>"
    papers = changes.papers
    parts = [
        _changed("added", [_listed(p) for p in papers.added], language),
        _changed("removed", [_listed(p) for p in papers.removed], language),
        _changed("moved", [_facts(c) for c in papers.moved], language),
        _changed("edited", [_facts(c) for c in papers.changed], language),
        *(
            _changed(key, [escape(title) for title in titles], language, folded=True)
            for key, titles in (
                ("texts_new", changes.new),
                ("texts_gone", changes.gone),
                ("texts_changed", changes.changed),
            )
        ),
    ]
    where = f'<p class="facts"><span>{escape(before.name)} → {escape(folder.name)}</span></p>'
    return where + ("".join(parts) or f"<p>{word('same', language)}</p>")


def _changed(key: str, items: Sequence[str], language: Language, folded: bool = False) -> str:
    """A counted heading and its list; folded, the heading opens it."""
    if not items:
        return ""
    heading = f"{word(key, language)} <span class='count'>{len(items)}</span>"
    rows = "".join(f"<li>{item}</li>" for item in items[:CHANGES])
    if len(items) > CHANGES:
        rows += f"<li>{word('more', language, n=len(items) - CHANGES)}</li>"
    if folded:
        return f'<details class="changed"><summary>{heading}</summary><ul>{rows}</ul></details>'
    return f'<h3>{heading}</h3><ul class="changed">{rows}</ul>'


def _listed(paper: Any) -> str:
    """A paper with where it appeared and where it stands in the taxonomy."""
    categories = "; ".join(path[-1] for path in paper.categories)
    rest = " · ".join(x for x in (paper.where, categories) if x)
    return f'{link(paper.url, paper.title)} <span class="by">{escape(rest)}</span>'


def _facts(change: Any) -> str:
    """A paper and each fact that changed, old and new."""
    facts = "; ".join(f"{name}: {old or '–'} → {new or '–'}" for name, old, new in change.what)
    return f'{link(change.new.url, change.new.title)} <span class="by">{escape(facts)}</span>'


def _generation_before(folder: Path) -> Path | None:
    others = [f.parent for f in folder.parent.glob("*/manifest.json") if f.parent != folder]
    return max(others, key=lambda f: (f / "manifest.json").stat().st_mtime, default=None)


# ---- facts for other pages ----------------------------------------------------------------------


def code_links(assistant: Any) -> Mapping[str, str]:
    """arXiv id or catalogue key -> address of the code."""
    links = {}
    for paper in assistant.catalog.papers:
        if paper.code:
            links[paper.key] = paper.code
            if paper.arxiv_id:
                links[paper.arxiv_id] = paper.code
    return links


def llm_host(llm: str) -> str:
    """Who a language model's setting sends text to: the host of an address, the provider of a name."""
    if "://" in llm:
        return urlsplit(llm).netloc.rsplit("@", 1)[-1] or llm
    return llm.partition(":")[0]


def in_use(assistant: Any) -> str:
    """Corpus, generation and models in use, in both languages."""
    engine = asdict(assistant.answerer.engine)
    llm = assistant.settings.llm
    writer = both("extractive") if llm == "none" else escape(f"{llm_host(llm)} ({llm.rpartition('#')[2]})")
    rows = {
        "corpus": both(f"corpus_{engine['corpus']}"),
        "generation": escape(engine["generation"]),
        "embedder": escape(engine["embedder"]),
        "writer": writer,
    }
    facts = "".join(f"<dt>{both(key)}</dt><dd>{value}</dd>" for key, value in rows.items())
    return f"<h2>{both('in_use')}</h2><dl>{facts}</dl><p class='note'>{both('privacy')}</p>"


def names(assistant: Any) -> list[str]:
    """What can be compared: the names before the colon of the list's titles, in alphabetical order."""
    short = {p.title.partition(":")[0].strip() for p in assistant.catalog.papers if ":" in p.title}
    return sorted((n for n in short if len(n) <= 30), key=str.casefold)


def follow_ups(assistant: Any, answer: Mapping[str, Any], language: Language, most: int) -> list[str]:
    """At most `most` questions on what an answer's sources stand in and cite, each with an answer of its
    own that the one before did not give."""
    said = {s["text"] for s in answer["sentences"]}
    asked, found = _letters(answer["question"]), []
    for topic in list(_topics(assistant, answer))[:TRIED]:
        if _letters(topic) in asked:
            continue
        question = word("ask_what", language, name=topic)
        new = assistant.ask(question, use_model=False)
        told = {s.text for s in new.sentences}
        if new.status == "answered" and told - said and not new.notes:
            found.append(question)
            said |= told
        if len(found) == most:
            break
    return found


def _topics(assistant: Any, answer: Mapping[str, Any]) -> Iterator[str]:
    """Names to ask about: of the papers that the cited passages cite, then of the sections around them."""
    cited = {c for s in answer["sentences"] for c in s["citations"]}
    sources = [s for s in answer["sources"] if s["id"] in cited]
    seen: set[str] = set()
    listed = assistant.catalog.by_key
    methods = (listed[p["key"]].title for s in sources for p in s["papers"] if p.get("key") in listed)
    near = [t.partition(":")[0].strip() for t in methods if ":" in t]
    sections = [
        p.lstrip("0123456789. ")
        for s in answer["sources"]
        for p in reversed(str(s["section"] or "").split(" > "))
    ]
    for name in [*near[:2], *sections, *near[2:]]:
        if name and len(name) <= 60 and ":" not in name and name.casefold() not in seen:
            seen.add(name.casefold())
            yield name
