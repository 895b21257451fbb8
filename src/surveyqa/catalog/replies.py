# ruff: noqa: E501  (answers as they are said, a line each)
"""Answers to questions on the list: complete, counted, in the language of the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from surveyqa.catalog import wording as w
from surveyqa.catalog.conditions import ALL, MAIN, SetQuestion, YearRange, dimension, month_number
from surveyqa.catalog.parsing import CategoryPath, Framework, Paper
from surveyqa.catalog.store import Catalog

FULL_TITLES = 8  # up to so many papers are named by their titles, more by their short names
_MONTHS = "January February March April May June July August September October November December".split()
ALL_NAMED = 60  # above, the groups are counted and the reader is told how to have them all


@dataclass(frozen=True)
class SetAnswer:
    """The answer to a `SetQuestion`.

    sentences: the answer's text, a sentence each; papers: every match; total: what was counted (papers,
    entries, categories or frameworks); entries: the matches' entries on the list, duplicates included;
    description: what was looked for ("KV-Cache Optimization, NeurIPS 2023").
    """

    kind: str
    sentences: tuple[str, ...]
    papers: tuple[Paper, ...]
    total: int
    description: str
    entries: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def answer_set(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    """Answers from the catalogue alone. Finding nothing is an answer too: "none of the 18 ..."."""
    if asked.kind == "lookup":
        return _lookup(asked, catalog)
    if asked.kind == "compare":
        return _compare(asked, catalog)
    if asked.kind == "rank":
        return _rank(asked, catalog)
    if asked.kind == "categories":
        return _categories(asked, catalog)
    if asked.kind == "frameworks":
        return _frameworks(asked, catalog)
    return _papers(asked, catalog)


# ---- which papers -------------------------------------------------------------------------------


def matching(asked: SetQuestion, catalog: Catalog) -> tuple[Paper, ...]:
    """The papers that a set or count question asks for, in the order of the list."""
    if asked.unknown and not asked.venues:
        return ()
    papers = catalog.papers
    if asked.categories:
        holding = [set(catalog.filter(category=[path])) for path in asked.categories]
        keep = set.intersection(*holding) if asked.both else set.union(*holding)
        papers = tuple(p for p in papers if p in keep)
    if asked.within:
        outer = set(matching(asked.within, catalog))
        papers = tuple(p for p in papers if p in outer)
    away = {p for part in asked.but for p in matching(part, catalog)}
    return _in_order(
        tuple(
            p
            for p in papers
            if p not in away
            and (not asked.names or p.key in asked.names)
            and (not asked.venues or p.venue in asked.venues)
            and (not asked.pairs or (p.venue, p.year) in asked.pairs)
            and p.venue not in asked.no_venues
            and (not asked.sites or any(f"//{host}/" in (p.url or "") for host in asked.sites))
            and (asked.tracks is None or p.track in asked.tracks or _side(p, asked, catalog))
            and (not asked.years or any(_within(p.year, r) for r in asked.years))
            and (not asked.months or any(_within(_month(p), r) for r in asked.months))
            and (asked.has_code is None or bool(p.code) == asked.has_code)
            and (asked.has_arxiv is None or bool(p.arxiv_id) == asked.has_arxiv)
            and (asked.repeated != "entries" or len(p.places) > 1)
            and (asked.repeated != "categories" or len(p.categories) > 1)
            and all(any(_in_title(x, p.title, asked.begins) for x in group) for group in asked.text)
        ),
        asked,
    )


def _side(paper: Paper, asked: SetQuestion, catalog: Catalog) -> bool:
    """Whether a venue was asked for of which the list has nothing but this track ("the AACL paper")."""
    return asked.tracks == MAIN and paper.venue in catalog.side_venues and paper.venue in asked.venues


def _month(paper: Paper) -> int | None:
    """The month that the arXiv id tells; None without one, or with one of the kind before 2007."""
    found = re.match(r"(\d\d)(\d\d)\.", paper.arxiv_id or "")
    return month_number(f"20{found[1]}-{found[2]}") if found else None


def _within(year: int | None, span: YearRange) -> bool:
    first, last = span
    return year is not None and (first is None or year >= first) and (last is None or year <= last)


def _in_title(text: str, title: str, begins: bool) -> bool:
    """Whether the title has `text` (at its start, if `begins`), in any case, hyphens and spaces alike.

    A short one must start a word or a part of a name: "RoPE" is in "LongRoPE", not in "Properties".
    """
    joined = re.sub(r"[\s\-‑–_]+", " ", title)
    wanted = re.sub(r"[\s\-‑–_]+", " ", text).strip()
    for found in re.finditer(re.escape(wanted), joined, re.IGNORECASE):
        start = found.start()
        if begins:
            return start == 0
        if len(wanted) > 4 or start == 0 or not joined[start - 1].isalnum() or joined[start].isupper():
            return True
    return False


def _in_order(papers: tuple[Paper, ...], asked: SetQuestion) -> tuple[Paper, ...]:
    if not asked.order:
        return papers
    dated = sorted(
        (p for p in papers if p.year),
        key=lambda p: (p.year or 0, p.arxiv_id or ""),
        reverse=asked.order == "newest",
    )
    if asked.limit:
        return tuple(dated[: asked.limit])
    return tuple(p for p in dated if p.year == dated[0].year)


# ---- sets and counts ----------------------------------------------------------------------------


def _papers(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    papers = matching(asked, catalog)
    zh = asked.language == "zh"
    entries = _entry_count(papers, asked)
    description = _description(asked, zh)
    total = entries if asked.entries and asked.kind == "count" else len(papers)
    sentences = [_headline(asked, catalog, papers, entries, description)]
    before = _papers(asked.within, catalog) if asked.within and asked.also_whole else None
    if before and before.total:
        sentences.insert(0, before.sentences[0])
    if asked.kind == "count":
        sentences += _breakdown(asked, catalog)
    if papers:
        sentences += _named(papers, asked, zh)
    sentences += _notes(asked, catalog, papers, zh)
    return SetAnswer(asked.kind, tuple(sentences), papers, total, description, entries)


def _headline(
    asked: SetQuestion, catalog: Catalog, papers: Sequence[Paper], entries: int, description: str
) -> str:
    zh = asked.language == "zh"
    n, whole = len(papers), len(catalog.papers)
    if not papers and asked.unknown:
        who = ", ".join(asked.unknown)
        return (
            f"没有:列表的 {whole} 篇论文中没有来自 {who} 的。"
            if zh
            else f"None: no paper on the list is from {who} (0 of {whole})."
        )
    if not papers:
        size, where = _pool(asked, catalog)
        if zh:
            return f"没有:{where}的 {size} 篇论文中,没有一篇符合“{description}”(0 / {size})。"
        return f"None: of the {size} papers {where}, 0 match: {description}."
    twice = entries - n if asked.categories or asked.kind == "count" else 0
    pool, _ = _pool(asked, catalog)
    share = pool if asked.kind == "count" and pool > n and (asked.categories or asked.within) else 0
    share = (
        len(catalog.papers)
        if asked.kind == "count" and w.SHARE.search(asked.question) and not share
        else share
    )
    percent = f" ({n / share:.0%})" if share and w.SHARE.search(asked.question) else ""
    shown = f"{n} / {n}" if zh else f"{n} of {n}"
    shown = "" if n > ALL_NAMED or asked.kind == "count" else f"(列出 {shown})" if zh else f", {shown} shown"
    if zh:
        what = f"列表中“{description}”" if description else "列表"
        also = f"({entries} 个条目,{twice} 个重复)" if twice else ""
        if asked.entries and asked.kind == "count":
            return f"{what}共有 {entries} 个条目" + (f"({n} 篇不同的论文)。" if twice else "。")
        also += f"(总共 {share} 篇{',占' + percent.strip(' ()') if percent else ''})" if share else ""
        return f"{what}共有 {n} 篇论文{also}{shown}" + ("。" if n > ALL_NAMED else ":")
    what = f" ({description})" if description else ""
    if asked.entries and asked.kind == "count":
        return f"The list has {entries} {'entry' if entries == 1 else 'entries'}{what}" + (
            f": {n} distinct papers." if twice else "."
        )
    also = f", {entries} entries ({twice} listed twice)" if twice else ""
    whole_set = "in the category" if asked.categories else "in the set" if asked.within else "in all"
    also += f", of {share} {whole_set}{percent}" if share else ""
    return f"The list has {n} {'paper' if n == 1 else 'papers'}{what}{also}{shown}."


def _pool(asked: SetQuestion, catalog: Catalog) -> tuple[int, str]:
    """How many papers were looked through, and where."""
    zh = asked.language == "zh"
    if asked.within:
        inner = _description(asked.within, zh)
        where = (f"“{inner}”" if zh else f"({inner})") if inner else ("列表" if zh else "on the list")
        return len(matching(asked.within, catalog)), where
    if asked.categories:
        found = matching(replace(_bare(asked), categories=asked.categories, both=asked.both), catalog)
        where = _names(asked.categories, zh, asked.both)
        return len(found), f"“{where}”类别" if zh else f"under {where}"
    return len(catalog.papers), "整个列表" if zh else "on the list"


def _breakdown(asked: SetQuestion, catalog: Catalog) -> list[str]:
    """One sentence on how many papers each has, where several things were counted: "ICLR 35, ICML 22." """
    parts = dimension(asked)
    if not parts:
        return []
    zh = asked.language == "zh"
    counts = [f"{_value(asked, part, zh)} {len(matching(part, catalog))}" for part in parts]
    return [f"分别为:{'、'.join(counts)}。" if zh else f"Of each: {', '.join(counts)}."]


def _value(asked: SetQuestion, part: SetQuestion, zh: bool) -> str:
    """What a part has of its own: the category, the venue with its year, or the years."""
    if asked.by_code:
        return ("有代码" if zh else "with code") if part.has_code else ("无代码" if zh else "without code")
    if asked.pairs:
        return f"{part.venues[0]} {_span(part.years[0], zh)}"
    if len(asked.categories) > 1 and not asked.both:
        return part.categories[0][-1]
    if len(asked.venues) > 1:
        return part.venues[0]
    return _span(part.years[0], zh) if len(asked.years) > 1 else _month_span(part.months[0], zh)


def _compare(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    """ "Are there more papers from ICLR or from NeurIPS?" """
    zh = asked.language == "zh"
    counts = Counter({_value(asked, part, zh): len(matching(part, catalog)) for part in dimension(asked)})
    (first, most), *others = counts.most_common()
    rest = ("、" if zh else ", ").join(f"{name} {n}" for name, n in others)
    if others[0][1] == most:
        text = f"一样多:{first} {most}、{rest}。" if zh else f"As many: {first} {most}, {rest}."
    elif zh:
        text = f"{first} 更多:{most} 篇;{rest} 篇。"
    else:
        text = f"{first} has more: {most} papers, against {rest}."
    papers = matching(asked, catalog)
    return SetAnswer("compare", (text,), papers, most, _description(asked, zh), _entry_count(papers, asked))


def _bare(asked: SetQuestion) -> SetQuestion:
    return SetQuestion(asked.question, "set", True, asked.language)


def _entry_count(papers: Iterable[Paper], asked: SetQuestion) -> int:
    """Entries of `papers` in the categories asked for (in all, when none was): duplicates included."""
    return sum(
        1
        for p in papers
        for path, _ in p.places
        if not asked.categories or any(path[: len(c)] == c for c in asked.categories)
    )


def _named(papers: Sequence[Paper], asked: SetQuestion, zh: bool) -> list[str]:
    n = len(papers)
    if n <= FULL_TITLES:
        lines = [_titled(p, zh) for p in papers]
        return [_joined(lines, zh)]
    groups = _by_year(papers) if asked.limit == ALL else _groups(papers, asked)
    if n > ALL_NAMED:
        counts = [f"{name} {len(members)}" for name, members in _groups(papers, asked, once=False)]
        if zh:
            return [f"按类别:{'、'.join(counts)}。", "完整名单见 papers 字段或运行 surveyqa papers。"]
        return [f"By category: {', '.join(counts)}.", "All of them: surveyqa papers."]
    sentences = []
    for name, members in groups:
        items = ("、" if zh else ", ").join(short_name(p) for p in members)
        label = f"{name}: " if len(groups) > 1 else ""
        sentences.append(f"{label}{items}" + ("。" if zh else "."))
    return sentences


def _titled(paper: Paper, zh: bool) -> str:
    return f"{paper.title} ({paper.where})"


def _joined(lines: Sequence[str], zh: bool) -> str:
    return (";" if zh else "; ").join(lines) + ("。" if zh else ".")


def short_name(paper: Paper) -> str:
    """ "GPTQ" for "GPTQ: Accurate ..."; the title itself where it has no such name."""
    head, colon, _ = paper.title.partition(":")
    return head.strip() if colon and len(head.split()) <= 4 else paper.title


def _by_year(papers: Sequence[Paper]) -> list[tuple[str, list[Paper]]]:
    """Papers that were asked for in the order of their years, by year."""
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(str(paper.year), []).append(paper)
    return list(groups.items())


def _groups(papers: Sequence[Paper], asked: SetQuestion, once: bool = True) -> list[tuple[str, list[Paper]]]:
    """Papers by their category one level below what was asked; in the first of them only, if `once`."""
    asked_paths = asked.categories or ((),)
    deepest = min(len(c) for c in asked_paths) + (1 if asked.categories else 2)
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        paths = [c for c in paper.categories if any(c[: len(a)] == a for a in asked_paths)]
        names = list(dict.fromkeys(path[min(deepest, len(path)) - 1] for path in paths))
        for name in names[:1] if once else names:
            groups.setdefault(name, []).append(paper)
    return list(groups.items())


def _notes(asked: SetQuestion, catalog: Catalog, papers: Sequence[Paper], zh: bool) -> list[str]:
    """What a careful reader would want to be told: tracks left out, corrections, near venues."""
    notes = []
    if asked.tracks == MAIN and asked.venues and not asked.order:
        more = [p for p in matching(replace(asked, tracks=None), catalog) if p not in papers]
        if more:
            items = ("、" if zh else "; ").join(f"{short_name(p)} ({p.where})" for p in more[:6])
            rest = f" +{len(more) - 6}" if len(more) > 6 else ""
            notes.append(
                f"不计入其研讨会、Findings 和 Demo 的 {len(more)} 篇:{items}{rest}。"
                if zh
                else f"Not counted: {len(more)} in its workshops, Findings or demos: {items}{rest}."
            )
    if asked.years or asked.venues:
        wrong = [p for p in papers if set(p.corrected) & {"year", "venue"}]
        if wrong:
            items = "; ".join(f"{short_name(p)}: {p.printed}" for p in wrong)
            notes.append(
                f"列表所印与事实不符,已更正:{items}。"
                if zh
                else f"The list prints it otherwise (corrected here): {items}."
            )
    if asked.besides:
        words = " ".join(asked.besides)
        notes.append(
            f"列表不记录“{words}”,以上没有按它筛选。"
            if zh
            else f"Not narrowed by “{words}”, which the list does not record."
        )
    if asked.unknown and asked.venues:
        who = ", ".join(asked.unknown)
        notes.append(f"列表中没有来自 {who} 的论文。" if zh else f"No paper on the list is from {who}.")
    return notes


def _names(paths: Sequence[CategoryPath], zh: bool, both: bool = False) -> str:
    return (" 且 " if both and zh else " and " if both else " 或 " if zh else " or ").join(
        p[-1] for p in paths
    )


def _description(asked: SetQuestion, zh: bool) -> str:
    parts = []
    if asked.within:
        parts.append(_description(asked.within, zh))
    if asked.names:
        parts.append(asked.asked)
    if asked.categories:
        parts.append(_names(asked.categories, zh, asked.both))
    where = [f"{venue} {year}" for venue, year in asked.pairs] or list(asked.venues)
    track = ""
    if asked.tracks is not None and asked.tracks != MAIN:
        if asked.tracks == ("workshop",):
            track = "研讨会" if zh else "workshops"
        elif asked.tracks == ("findings",):
            track = "Findings"
        elif asked.tracks == ("demo",):
            track = "Demo"
        elif asked.tracks == ("short",):
            track = "短文" if zh else "short papers"
        else:
            extra = [t for t in ("workshop", "findings") if t in asked.tracks]
            track = (
                "(含研讨会)" if zh else f"({' and '.join(extra)}s included)".replace("findingss", "findings")
            )
    if asked.unknown:
        where += list(asked.unknown)
    years = (", " if len(asked.years) > 1 else "").join(_span(r, zh) for r in asked.years)
    venue = " ".join(
        x for x in ((" 或 " if zh else " or ").join(where), track if where or track else "", years) if x
    )
    if venue:
        parts.append(venue)
    if asked.months:
        spans = ", ".join(_month_span(span, zh) for span in asked.months)
        parts.append(f"按 arXiv 编号 {spans}" if zh else f"by arXiv id {spans}")
    if asked.no_venues:
        parts.append(("非 " if zh else "not ") + ", ".join(asked.no_venues))
    if asked.sites:
        parts.append(", ".join(asked.sites))
    for group in asked.text:
        words = ("”或“" if zh else "” or “").join(group)
        how = (
            ("标题开头为" if zh else "title begins with")
            if asked.begins
            else "标题含"
            if zh
            else "title with"
        )
        parts.append(f"{how}“{words}”" if zh else f"{how} “{words}”")
    for part in asked.but:
        parts.append(("除 " if zh else "not ") + _description(part, zh))
    if asked.has_code is not None:
        parts.append(
            ("有代码链接" if asked.has_code else "无代码链接")
            if zh
            else ("with a code link" if asked.has_code else "without a code link")
        )
    if asked.has_arxiv is not None:
        parts.append(
            ("有 arXiv 编号" if asked.has_arxiv else "无 arXiv 编号")
            if zh
            else ("with an arXiv id" if asked.has_arxiv else "without an arXiv id")
        )
    if asked.repeated:
        english = {"entries": "listed more than once", "categories": "in more than one category"}
        parts.append(
            {"entries": "多次收录", "categories": "属于多个类别"}[asked.repeated]
            if zh
            else english[asked.repeated]
        )
    if asked.order and asked.limit == ALL:
        newest = asked.order == "newest"
        parts.append(("从新到旧" if newest else "从早到晚") if zh else f"{asked.order} first")
    elif asked.order:
        parts.append(
            {"oldest": "最早", "newest": "最新"}[asked.order]
            if zh
            else {"oldest": "earliest", "newest": "newest"}[asked.order]
        )
    return ("," if zh else ", ").join(part for part in parts if part)


def _span(span: YearRange, zh: bool) -> str:
    first, last = (str(n) if n is not None else None for n in span)
    return _from_to(first, last, zh, unit=" 年", to="-")


def _month_span(span: YearRange, zh: bool) -> str:
    first, last = (f"{n // 12}-{n % 12 + 1:02d}" if n is not None else None for n in span)
    return _from_to(first, last, zh, unit=" ", to=" 到 " if zh else " to ")


def _from_to(first: str | None, last: str | None, zh: bool, unit: str, to: str) -> str:
    """A range in words; None is an open end, `unit` stands behind a single date in Chinese."""
    if first == last:
        return str(first)
    if first is None:
        return f"{last}{unit}及以前" if zh else f"up to {last}"
    if last is None:
        return f"{first}{unit}及以后" if zh else f"since {first}"
    return f"{first}{to}{last}"


# ---- look-ups -----------------------------------------------------------------------------------


def _lookup(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    zh = asked.language == "zh"
    papers = tuple(catalog.by_key[k] for k in asked.names)
    if not papers:
        who = asked.asked or ", ".join(asked.unknown)
        text = (
            f"列表的 {len(catalog.papers)} 篇论文中没有“{who}”。"
            if zh
            else f"No: none of the list's {len(catalog.papers)} papers is called “{who}”."
        )
        return SetAnswer("lookup", (text,), (), 0, who)
    if asked.fields == ("order",):
        return _older(asked, papers)
    sentences = tuple(dict.fromkeys(_field(name, p, zh, catalog) for p in papers for name in asked.fields))
    return SetAnswer(
        "lookup", sentences, papers, len(papers), asked.asked, sum(len(p.places) for p in papers)
    )


def _older(asked: SetQuestion, papers: tuple[Paper, ...]) -> SetAnswer:
    """ "Which came first, LoRA or QLoRA?": by the list's years, and within a year it cannot be told."""
    dated = sorted((p for p in papers if p.year), key=lambda p: p.year or 0)
    years = [f"{short_name(p)} ({p.where})" for p in dated]
    same = len({p.year for p in dated}) == 1
    if asked.language == "zh":
        text = f"列表中按年份先后:{';'.join(years)}。" + ("列表只给年份,分不出先后。" if same else "")
    else:
        text = (
            "Of the same year on the list, which gives years only: "
            if same
            else "By the list's years, oldest first: "
        )
        text += "; ".join(years) + "."
    return SetAnswer("lookup", (text,), papers, len(papers), asked.asked, sum(len(p.places) for p in papers))


def _field(name: str, paper: Paper, zh: bool, catalog: Catalog) -> str:
    title = paper.title
    fixed = f" (the list prints “{paper.printed}”)" if set(paper.corrected) & {"year", "venue"} else ""
    if zh and fixed:
        fixed = f"(列表印作“{paper.printed}”)"
    if name in ("venue", "year"):
        if paper.venue == "arXiv":
            what = (
                f"在列表中标为 arXiv 预印本,{paper.year} 年"
                if zh
                else f"stands on the list as an arXiv preprint of {paper.year}"
            )
        else:
            what = (
                f"发表于 {paper.where}"
                if zh
                else f"was published at {paper.where}" + ("" if fixed else " according to the list")
            )
            if paper.venue in ("Blog", "Website"):
                what = (
                    f"是 {paper.year} 年的网页文章"
                    if zh
                    else f"is a {(paper.venue or '').lower()} post of {paper.year}"
                )
        return f"“{title}” {what}{fixed}" + ("。" if zh else ".")
    if name == "month":
        month = _month(paper)
        if month is None:
            return (
                f"列表没有给出“{title}”的 arXiv 编号,因而不知月份({paper.where})。"
                if zh
                else f"The list gives no arXiv id for “{title}”, and so no month ({paper.where})."
            )
        when = _month_span((month, month), zh)
        return (
            f"“{title}”的 arXiv 编号是 {paper.arxiv_id},即 {when}({month // 12} 年 {month % 12 + 1} 月)。"
            if zh
            else f"“{title}” has the arXiv id {paper.arxiv_id}, of {_MONTHS[month % 12]} {month // 12} ({when})."
        )
    if name == "code":
        if paper.code and paper.arxiv_id and paper.arxiv_id in paper.code:
            return (
                f"“{title}”的代码链接指向论文本身:{paper.code}。"
                if zh
                else f"The list's code link for “{title}” leads to the paper itself: {paper.code}."
            )
        if paper.code:
            links = ", ".join(x.url for x in paper.links if x.label.lower().startswith("code")) or paper.code
            return (
                f"有,“{title}”的代码:{links}。" if zh else f"Yes, the list links code for “{title}”: {links}"
            )
        if paper.url and "github.com" in paper.url:
            return (
                f"“{title}”没有单独的代码链接,但其论文链接就是代码仓库:{paper.url}。"
                if zh
                else f"The list has no code link for “{title}”, but its paper link is a repository: {paper.url}"
            )
        return (
            f"列表没有给出“{title}”的代码链接。" if zh else f"No, the list gives no code link for “{title}”."
        )
    if name == "arxiv":
        if paper.arxiv_id:
            mend = " (the list links another paper there)" if "arxiv_id" in paper.corrected else ""
            if zh:
                mend = "(列表的链接有误,已更正)" if mend else ""
            return (
                f"“{title}”的 arXiv 编号是 {paper.arxiv_id}{mend}。"
                if zh
                else f"The arXiv id of “{title}” is {paper.arxiv_id}{mend}."
            )
        return (
            f"列表没有给出“{title}”的 arXiv 编号;其链接是 {paper.url}。"
            if zh
            else f"The list gives no arXiv id for “{title}”; its link is {paper.url}"
        )
    if name == "link":
        return f"“{title}”的链接:{paper.url}。" if zh else f"The link of “{title}”: {paper.url}"
    if name == "title":
        return f"完整标题是“{title}”。" if zh else f"The full title is “{title}”."
    where = ("、" if zh else " and ").join(" > ".join(c) for c in paper.categories)
    if name == "places":
        times, n = len(paper.places), len(paper.categories)
        if zh:
            return f"“{title}”在列表中出现 {times} 次,属于 {n} 个类别:{where}。"
        often = f"{times} time" + ("s" if times > 1 else "")
        kinds = f"{n} categor" + ("ies" if n > 1 else "y")
        return f"“{title}” is listed {often}, in {kinds}: {where}."
    if name == "listed":
        return (
            f"在列表中:“{title}”({paper.where}),位于 {where}。"
            if zh
            else f"Yes: “{title}” ({paper.where}) stands under {where}."
        )
    return f"“{title}”列在 {where} 之下。" if zh else f"“{title}” stands under {where}."


# ---- the list's own shape -----------------------------------------------------------------------


def _rank(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    """Categories, venues or years by how many papers they have: the most, the fewest, all, or by a bound.

    Venues are counted without their workshops, Findings and demos, as everywhere; a conference is no
    preprint server and no blog.
    """
    zh = asked.language == "zh"
    what, direction, number = asked.fields[0], asked.fields[1], int(asked.fields[2])
    papers = matching(asked, catalog)
    counts: Counter[str] = Counter(value for p in papers for value in _values(p, what, asked.categories))
    label = {"venue": "会议", "conference": "会议", "year": "年份", "category": "类别"}[what] if zh else what
    ranked = counts.most_common() if direction != "fewest" else counts.most_common()[::-1]
    said = _description(replace(asked, years=() if what == "year" else asked.years), zh)
    about = (f"“{said}”中" if zh else f" ({said})") if said else ""
    if direction in _BOUNDS:
        top = [name for name, n in ranked if _BOUNDS[direction](n, number)]
        listed = ("、" if zh else ", ").join(f"{name} ({counts[name]})" for name in top) or (
            "无" if zh else "none"
        )
        total = len(top)
        text = (
            f"{about}共 {total} 个{label}:{listed}。" if zh else f"{_plural(total, label)}{about}: {listed}."
        )
    elif direction == "all":
        top = sorted(counts) if what == "year" else [name for name, _ in ranked]
        total = len(papers)
        listed = ("、" if zh else ", ").join(f"{name}: {counts[name]}" for name in top)
        text = f"{about}各{label}的论文数:{listed}。" if zh else f"Papers by {label}{about}: {listed}."
    elif number > 1:
        top = [name for name, _ in ranked[:number]]
        total = sum(counts[name] for name in top)
        listed = ("、" if zh else ", ").join(f"{name} ({counts[name]})" for name in top)
        most = ("多" if direction == "most" else "少") if zh else direction
        text = (
            f"{about}论文最{most}的 {len(top)} 个{label}:{listed}。"
            if zh
            else f"The {len(top)} with the {most} papers{about}: {listed}."
        )
    else:
        total = ranked[0][1] if ranked else 0
        top = [name for name, n in ranked if n == total]
        following = ", ".join(f"{name} {n}" for name, n in ranked[len(top) : len(top) + 4])
        names = ", ".join(top)
        if zh:
            text = f"{about}论文最{'多' if direction == 'most' else '少'}的{label}是 {names}({total} 篇);其后:{following}。"
        else:
            text = f"The {label} with the {direction} papers on the list{about} is {names} ({total}); next: {following}."
    chosen = tuple(p for p in papers if set(_values(p, what, asked.categories)) & set(top))
    return SetAnswer("rank", (text,), chosen, total, ", ".join(top), len(chosen))


_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "exactly": lambda n, bound: n == bound,
    "more": lambda n, bound: n > bound,
    "atleast": lambda n, bound: n >= bound,
    "fewer": lambda n, bound: n < bound,
    "atmost": lambda n, bound: n <= bound,
}


def _plural(n: int, label: str) -> str:
    many = label[:-1] + "ies" if label.endswith("y") else label + "s"
    return f"{n} {label if n == 1 else many}"


def _values(paper: Paper, what: str, within: Sequence[CategoryPath]) -> list[str]:
    """What a paper counts for: its year, its venue, or its categories below `within`."""
    if what == "year":
        return [str(paper.year)] if paper.year else []
    if what == "category":
        return [c[-1] for c in paper.categories if not within or any(c[: len(q)] == q for q in within)]
    known = paper.venue and paper.track in MAIN
    apart = what == "conference" and paper.venue in ("arXiv", "Blog", "Website")
    return [str(paper.venue)] if known and not apart else []


def _categories(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    zh = asked.language == "zh"
    above = asked.categories[0] if asked.categories else ()
    if "leaf" in asked.fields or (not above and asked.fields == ("count", "all")):
        leaves = [p for p in catalog.taxonomy.leaves if p[: len(above)] == above]
        names = [p[-1] for p in leaves]
        whole = _names([above], zh) if above else ("列表" if zh else "the list")
        if zh:
            text = f"{whole}共有 {len(names)} 个有论文的类别。"
        else:
            text = f"{whole[0].upper()}{whole[1:]} has {len(names)} categories that hold papers."
        tops = Counter(p[min(len(above), len(p) - 1)] for p in leaves)
        detail = ", ".join(f"{k} {v}" for k, v in tops.items())
        return SetAnswer("categories", (text, detail + ("。" if zh else ".")), (), len(names), whole)
    below = catalog.taxonomy.children(above)
    counts = [(p[-1], len(catalog.filter(category=[p]))) for p in below]
    listed = ("、" if zh else ", ").join(f"{name} ({n})" for name, n in counts)
    whole = above[-1] if above else ("列表" if zh else "The list")
    if zh:
        text = (
            f"{whole}之下有 {len(below)} 个类别(括号内为论文数):{listed}。"
            if below
            else f"{whole}没有下级类别。"
        )
    else:
        text = (
            f"{whole} has {len(below)} categories (papers in brackets): {listed}."
            if below
            else f"{whole} has no categories below it."
        )
    return SetAnswer("categories", (text,), (), len(below), whole)


def _frameworks(asked: SetQuestion, catalog: Catalog) -> SetAnswer:
    zh = asked.language == "zh"
    wanted = [f for f in asked.fields if f in ("training", "inference", "fine_tuning")]
    others = [f for f in ("training", "inference", "fine_tuning") if f not in wanted]
    only = "only" in asked.fields

    def fits(row: Framework) -> bool:
        return all(getattr(row, f) for f in wanted) and not (only and any(getattr(row, f) for f in others))

    rows = [f for f in catalog.frameworks if fits(f)]
    names = ("、" if zh else ", ").join(f.name for f in rows) or ("无" if zh else "none")
    ticks = (" and ".join(x.replace("_", "-") for x in wanted)) if wanted else ""
    limit = (" only" if only else "") if ticks else ""
    if zh:
        text = f"列表的框架表共有 {len(catalog.frameworks)} 个框架" + (
            f",其中符合条件的 {len(rows)} 个:{names}。" if wanted else f":{names}。"
        )
    else:
        condition = f" for {ticks}{limit}" if ticks else ""
        text = f"The list's framework table has {len(rows)} of {len(catalog.frameworks)} frameworks{condition}: {names}."
    return SetAnswer(
        "frameworks", (text,), (), len(rows), f"LLM Frameworks {ticks}{limit}".strip(), len(rows)
    )
