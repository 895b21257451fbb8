"""Answers to questions on the paper list: complete, counted, in the language of the question.

Finding nothing is an answer too. A sentence is a fact of the catalogue; nothing here reads a passage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from surveyqa.catalog import Catalog, Framework, Paper
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.index import Index
from surveyqa.index.lexical import best_first
from surveyqa.text.terms import tokenize
from surveyqa.understand.listquery import (
    And,
    Category,
    Code,
    Everything,
    ListQuery,
    Not,
    Or,
    Ranker,
    Topic,
    Venue,
    both,
    either,
    leaves,
    month_of,
)

Language = Literal["en", "zh"]
FULL_TITLES = 8  # up to so many papers are named by their titles, more by their short names
ALL_NAMED = 60  # above, groups are counted and the reader is told how to have them all
TOPICAL = 12  # papers on a topic that are named
NEAREST = 40  # passages that are looked at for it
WORDS = 0.7  # a share of the topic's words counts so much of a cosine
WITHIN, LEAST = 0.06, 0.3  # how near to the best one, and at all
TICKS = ("training", "inference", "fine_tuning")
GROUPS = {"venue": ("venue", "出处"), "year": ("year", "年份"), "category": ("category", "类别")}
NAMES = {
    "venue": ("venue", "出处"), "year": ("year", "年份"), "month": ("month on arXiv", "arXiv 月份"),
    "link": ("link", "链接"), "arxiv": ("arXiv id", "arXiv 编号"), "code": ("code", "代码"),
    "category": ("filed under", "类别"), "title": ("title", "标题"), "authors": ("authors", "作者"),
}  # fmt: skip


@dataclass(frozen=True)
class ListAnswer:
    """sentences: the answer's text, a sentence each; papers: every match; total: what was counted;
    frameworks: names of the rows of their table."""

    sentences: tuple[str, ...]
    papers: tuple[Paper, ...]
    total: int
    frameworks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def answer_list(
    query: ListQuery,
    catalog: Catalog,
    language: Language = "en",
    rank: Ranker | None = None,
    authors: Callable[[str], str | None] = lambda key: None,
) -> ListAnswer:
    """Answers from the catalogue alone.

    rank: the papers on a topic; authors: those of a paper by its key, where the survey's bibliography has it.
    """
    return _Reply(query.resolved(rank) if rank else query, catalog, language, authors).answer()


def ranker(index: Index, catalog: Catalog) -> Ranker:
    """Papers on a topic: those whose title has its words, then those whose abstract is nearest to it."""

    def on_topic(topic: str) -> list[str]:
        said = dict.fromkeys(tokenize(topic), 1.0)
        titled = [p.key for p in catalog.papers if said and said.keys() <= set(tokenize(p.title))]
        words = index.lexical.share(said)
        near = dict(index.nearest(index.encode([topic])[0], NEAREST))
        scores: dict[str, float] = {}
        for position in {*near, *best_first(words, NEAREST)}:
            chunk = index.chunks[position]
            key = chunk.document.partition(":")[2]
            if chunk.kind != "survey" and key in catalog.by_key:
                score = near.get(position, 0.0) + WORDS * float(words[position])
                scores[key] = max(score, scores.get(key, 0.0))
        best = max(scores.values(), default=0.0)
        ranked = sorted(
            (key for key in scores if scores[key] >= max(best - WITHIN, LEAST)), key=lambda k: -scores[k]
        )
        return list(dict.fromkeys([*titled, *ranked]))[:TOPICAL]

    return on_topic


def matching(query: ListQuery, catalog: Catalog) -> tuple[Paper, ...]:
    """The papers that a query asks for, in the order of the list or of their years."""
    papers = tuple(filter(query.matches, catalog.papers))
    if not query.order:
        topics = [c.keys for c in query.conditions if isinstance(c, Topic) and c.keys]
        return tuple(sorted(papers, key=lambda p: topics[0].index(p.key))) if len(topics) == 1 else papers
    newest = query.order == "newest"
    dated = [p for p in papers if p.year]
    dated.sort(key=lambda p: (p.year or 0, month_of(p) or 0, p.arxiv_id or ""), reverse=newest)
    if query.limit < 0:
        return tuple(dated)
    if query.limit:
        return tuple(dated[: query.limit])
    return tuple(p for p in dated if p.year == dated[0].year)


def short_name(paper: Paper) -> str:
    """ "GPTQ" for "GPTQ: Accurate ..."; the title itself where it has no such name."""
    head, colon, _ = paper.title.partition(":")
    return head.strip() if colon and len(head.split()) <= 4 else paper.title


class _Reply:
    """One answer in the making."""

    def __init__(
        self, query: ListQuery, catalog: Catalog, language: Language, authors: Callable[[str], str | None]
    ) -> None:
        self.query, self.catalog, self.authors = query, catalog, authors
        self.zh = language == "zh"
        self.language = language
        self.comma, self.stop = ("、", "。") if self.zh else (", ", ".")

    def say(self, english: str, chinese: str) -> str:
        return chinese if self.zh else english

    def answer(self) -> ListAnswer:
        if self.query.want in ("compare", "counts"):
            return self.counts() if self.query.parts else self.papers()
        kinds: dict[str, Callable[[], ListAnswer]] = {
            "fields": self.fields, "listed": self.fields, "rank": self.rank, "categories": self.categories,
            "frameworks": self.frameworks,
        }  # fmt: skip
        return kinds.get(self.query.want, self.papers)()

    # ---- titles and counts ----

    def papers(self) -> ListAnswer:
        query = self.query
        papers = matching(query, self.catalog)
        entries = self._entries(papers)
        counted = entries if query.entries and query.count else len(papers)
        sentences = [self._headline(papers, entries)]
        if papers:
            sentences += self._named(papers)
        sentences += self._notes(papers)
        return ListAnswer(tuple(sentences), papers, counted)

    def _headline(self, papers: Sequence[Paper], entries: int) -> str:
        query, n = self.query, len(papers)
        pool, where = self._pool()
        what = query.describe(self.language)
        if query.unknown:
            return self.say(
                f"None: nothing on the list is from “{what}” (0 of {pool} papers).",
                f"没有:列表的 {pool} 篇论文中没有来自“{what}”的。",
            )
        if not n:
            return self.say(
                f"None: of the {pool} papers {where}, 0 match: {what}.",
                f"没有:{where}的 {pool} 篇论文中,没有一篇符合“{what}”(0 / {pool})。",
            )
        twice = entries - n if query.count or any(isinstance(c, Category) for c in query.conditions) else 0
        if query.entries and query.count:
            also = self.say(f", {n} distinct papers", f"({n} 篇不同的论文)") if twice else ""
            noun = "entry" if entries == 1 else "entries"
            named = f" ({what})" if what else ""
            of = f"“{what}”" if what else ""
            return self.say(
                f"The list has {entries} {noun}{named}{also}.", f"列表中{of}共有 {entries} 个条目{also}。"
            )
        also = self.say(f", {entries} entries ({twice} listed twice)", f"({entries} 个条目,{twice} 个重复)")
        also = also if twice else ""
        if query.count and pool > n:
            share = f" ({n / pool:.0%})" if query.share else ""
            also += self.say(f", of {pool} {where}{share}", f"({where}共 {pool} 篇{share})")
        noun, named = ("paper" if n == 1 else "papers"), f" ({what})" if what else ""
        if self.zh:
            return f"列表中{f'“{what}”' if what else ''}共有 {n} 篇论文{also}" + (
                "。" if n > ALL_NAMED else ":"
            )
        return f"The list has {n} {noun}{named}{also}."

    def _pool(self) -> tuple[int, str]:
        """How many papers were looked through, and where."""
        paths = [c for c in _positive(self.query) if isinstance(c, Category | Or)]
        kept = [c for c in paths if all(isinstance(x, Category) for x in getattr(c, "parts", (c,)))]
        if not kept:
            return len(self.catalog.papers), self.say("on the list", "整个列表")
        where = both(*kept)
        above = [c.path[:-1] for c in leaves(where) if isinstance(c, Category)]
        if self.query.count and len(above) == 1 and above[0] and self.query.where == where:
            where = Category(above[0])  # the whole that a bare count is a part of
        named = where.describe(self.language)
        size = sum(map(where.matches, self.catalog.papers))
        return size, self.say(f"under {named}", f"“{named}”类别")

    def _entries(self, papers: Iterable[Paper]) -> int:
        """Entries of papers in the categories asked for, in all where none was: duplicates included."""
        paths = [c.path for c in self.query.conditions if isinstance(c, Category)]
        return sum(
            not paths or any(place[: len(path)] == path for path in paths)
            for paper in papers
            for place, _ in paper.places
        )

    def _named(self, papers: Sequence[Paper]) -> list[str]:
        if len(papers) <= FULL_TITLES:
            return [(";" if self.zh else "; ").join(f"{p.title} ({p.where})" for p in papers) + self.stop]
        if len(papers) > ALL_NAMED:
            counts = self.comma.join(f"{name} {len(its)}" for name, its in self._groups(papers, once=False))
            return [
                self.say(f"By category: {counts}.", f"按类别:{counts}。"),
                self.say("All of them: surveyqa papers.", "完整名单见 papers 字段或运行 surveyqa papers。"),
            ]
        groups = self._groups(papers)
        if self.query.limit < 0:
            years = dict.fromkeys(str(p.year) for p in papers)
            groups = [(year, [p for p in papers if str(p.year) == year]) for year in years]
        return [
            (f"{name}: " if len(groups) > 1 else "") + self.comma.join(map(short_name, its)) + self.stop
            for name, its in groups
        ]

    def _groups(self, papers: Sequence[Paper], once: bool = True) -> list[tuple[str, list[Paper]]]:
        """Papers by their category a level below what was asked; in the first of them only, if `once`."""
        asked: list[CategoryPath] = [c.path for c in self.query.conditions if isinstance(c, Category)]
        deepest = min(map(len, asked)) + 1 if asked else 2
        groups: dict[str, list[Paper]] = {}
        for paper in papers:
            paths = [c for c in paper.categories if not asked or any(c[: len(a)] == a for a in asked)]
            names = list(
                dict.fromkeys(path[min(deepest, len(path)) - 1] for path in paths or paper.categories)
            )
            for name in names[:1] if once else names:
                groups.setdefault(name, []).append(paper)
        return list(groups.items())

    def _notes(self, papers: Sequence[Paper]) -> list[str]:
        """What a careful reader wants to be told: tracks left out, entries without a code link."""
        notes = []
        venues = [c for c in _positive(self.query) if isinstance(c, Venue) and c.tracks == (None, "short")]
        if venues and not self.query.order:
            wider = either(*(replace(v, tracks=()) for v in venues))
            rest = both(*(c for c in _positive(self.query, whole=True) if c not in venues), wider)
            more = [p for p in self.catalog.papers if rest.matches(p) and p not in papers]
            if more:
                items = (self.comma if self.zh else "; ").join(
                    f"{short_name(p)} ({p.where})" for p in more[:6]
                )
                notes.append(
                    self.say(
                        f"Not counted, from workshops, Findings or demos: {items}.",
                        f"未计入的 workshop、Findings 或 demo 论文:{items}。",
                    )
                )
        if any(c == Not(Code()) for c in _positive(self.query, whole=True)):
            notes.append(self.say("That is, the list links no code.", "“无代码”指列表没有给出代码链接。"))
        if self.query.leftover:
            said = self.comma.join(self.query.leftover)
            notes.append(self.say(f"Not looked for: “{said}”.", f"未考虑:“{said}”。"))
        return notes

    # ---- several counts ----

    def counts(self) -> ListAnswer:
        found = {part.describe(self.language): matching(part, self.catalog) for part in self.query.parts}
        common = set.intersection(*(set(name.split(", ")) for name in found)) if not self.zh else set()
        shown = {
            ", ".join(x for x in name.split(", ") if x not in common) or name: papers
            for name, papers in found.items()
        }
        ranked = Counter({name: len(papers) for name, papers in shown.items()}).most_common()
        papers = tuple(dict.fromkeys(p for its in found.values() for p in its))
        counts = self.comma.join(f"{name} {len(its)}" for name, its in shown.items())
        within = self.comma.join(sorted(common))
        if self.query.want == "counts":
            text = self.say(f"Of each{f' ({within})' if within else ''}: {counts}.", f"分别为:{counts}。")
            whole = self.say(f"Together {len(papers)} papers.", f"合计 {len(papers)} 篇论文。")
            named = self._named(papers) if len(papers) <= FULL_TITLES else []
            return ListAnswer((text, whole, *named), papers, len(papers))
        (first, most), *others = ranked
        rest = self.comma.join(f"{name} {n}" for name, n in others)
        if others and others[0][1] == most:
            text = self.say(f"As many: {first} {most}, {rest}.", f"一样多:{first} {most}、{rest}。")
        else:
            text = self.say(
                f"{first} has more: {most} papers, against {rest}.", f"{first} 更多:{most} 篇;{rest} 篇。"
            )
        return ListAnswer((text,), papers, most)

    # ---- what has the most ----

    def rank(self) -> ListAnswer:
        counts = self._counted()
        query = self.query
        if query.exactly is not None:
            least, most = "at_least" in query.fields, "at_most" in query.fields
            counts = [
                (name, n)
                for name, n in counts
                if n == query.exactly or (least and n > query.exactly) or (most and n < query.exactly)
            ]
        elif query.limit:
            counts = counts if query.most else counts[::-1]
            last = counts[min(query.limit, len(counts)) - 1][1] if counts else 0
            counts = [c for n, c in enumerate(counts) if n < query.limit or c[1] == last]
        elif query.group == "year":
            counts.sort()
        listed = self.comma.join(f"{name} ({n})" for name, n in counts) or self.say("none", "无")
        of = query.describe(self.language)
        en, zh = GROUPS[self.query.group]
        word = self.say(f"Papers by {en}", f"各{zh}的论文数")
        if query.limit:
            word = self.say(
                f"{'Most' if query.most else 'Fewest'} papers by {en}",
                f"论文{'最多' if query.most else '最少'}的{zh}",
            )
        text = f"{word}{f' ({of})' if of else ''}: {listed}{self.stop}"
        return ListAnswer((text,), (), len(counts))

    def _counted(self) -> list[tuple[str, int]]:
        papers = matching(self.query, self.catalog)
        if self.query.group == "category":
            asked = [c.path for c in _positive(self.query) if isinstance(c, Category)]
            below = [
                path
                for path in self.catalog.taxonomy.leaves
                if not asked or any(path[: len(a)] == a for a in asked)
            ]
            if "top" in self.query.fields:
                below = list(self.catalog.taxonomy.children(asked[0] if asked else ()))
            pairs = [(path[-1], sum(Category(path).matches(p) for p in papers)) for path in below]
            return sorted(pairs, key=lambda x: -x[1])
        if self.query.group == "venue":
            return Counter(p.venue for p in papers if p.venue and p.track in (None, "short")).most_common()
        return Counter(str(p.year) for p in papers if p.year).most_common()

    # ---- fields of named papers ----

    def fields(self) -> ListAnswer:
        papers = matching(self.query, self.catalog) if not isinstance(self.query.where, Everything) else ()
        if not papers:
            name = self.comma.join(self.query.unknown or self.query.leftover)
            text = self.say(
                f"No: “{name}” is not on the list ({len(self.catalog.papers)} papers).",
                f"没有:列表({len(self.catalog.papers)} 篇论文)中没有“{name}”。",
            )
            return ListAnswer((text,), (), 0)
        if self.query.fields == ("listed",):
            shown = "; ".join(
                f"{p.title} ({p.where}), {' / '.join(c[-1] for c in p.categories)}" for p in papers[:5]
            )
            return ListAnswer(
                (self.say(f"Yes, on the list: {shown}.", f"有,在列表中:{shown}。"),), papers, len(papers)
            )
        sentences = []
        for paper in papers[:FULL_TITLES]:
            values = [f"{NAMES[f][self.zh]}: {self._field(paper, f)}" for f in self.query.fields]
            sentences.append(f"{paper.title} - {'; '.join(values)}{self.stop}")
        return ListAnswer(tuple(sentences), papers, len(papers))

    def _field(self, paper: Paper, field: str) -> str:
        none = self.say("none on the list", "列表中没有")
        if field == "code" and not paper.code:
            other = paper.url if paper.url and "github.com" in paper.url else ""
            led = (
                self.say(f" (the paper's link leads to {other})", f"(论文链接指向 {other})") if other else ""
            )
            return self.say("no code link", "没有代码链接") + led
        if field == "month":
            month = month_of(paper)
            return (
                f"{month // 12}-{month % 12 + 1:02d}" if month else self.say("no arXiv id", "没有 arXiv 编号")
            )
        values: dict[str, str | None] = {
            "venue": paper.where,
            "year": str(paper.year or ""),
            "link": paper.url,
            "arxiv": paper.arxiv_id,
            "code": paper.code,
            "category": f"{len(paper.categories)}: "
            + "; ".join(" > ".join(path[-2:]) for path in paper.categories),
            "title": paper.title,
            "authors": self.authors(paper.key) if field == "authors" else None,
        }
        return values.get(field) or none

    # ---- the list's own shape ----

    def categories(self) -> ListAnswer:
        above = next((c.path for c in self.query.conditions if isinstance(c, Category)), ())
        tree, whole = self.catalog.taxonomy, above[-1] if above else self.say("The list", "列表")
        below = tree.children(above)
        if "leaf" in self.query.fields:
            below = tuple(path for path in tree.leaves if path[: len(above)] == above)
        counted = [(p[-1], len(self.catalog.filter(category=[p]))) for p in below]
        listed = self.comma.join(f"{name} ({n})" for name, n in counted)
        text = self.say(
            f"{whole} has {len(counted)} categories (papers in brackets): {listed}.",
            f"{whole}之下有 {len(counted)} 个类别(括号内为论文数):{listed}。",
        )
        total = len(counted)
        if not above and self.query.fields == ("all",):
            total = len(tree.leaves)
            text = self.say(
                f"The list has {total} categories with papers, under {len(counted)} main ones: {listed}.",
                f"列表有 {total} 个收录论文的类别,分属 {len(counted)} 个大类:{listed}。",
            )
        if not counted:
            text = self.say(f"{whole} has no categories below it.", f"{whole}没有下级类别。")
        return ListAnswer((text,), (), total)

    def frameworks(self) -> ListAnswer:
        asked = [f for f in self.query.fields if f in TICKS]
        denied = [f.removeprefix("no ") for f in self.query.fields if f.startswith("no ")]
        if "only" in self.query.fields:
            denied += [f for f in TICKS if f not in asked]

        def fits(row: Framework) -> bool:
            return all(getattr(row, f) for f in asked) and not any(getattr(row, f) for f in denied)

        rows = [row for row in self.catalog.frameworks if fits(row)]
        names = self.comma.join(row.name for row in rows) or self.say("none", "无")
        ticks = " and ".join(f.replace("_", "-") for f in asked)
        ticks += "".join(f", not {f.replace('_', '-')}" for f in denied)
        whole = len(self.catalog.frameworks)
        ticks = f" for {ticks}" if ticks else ""
        text = self.say(
            f"The list's framework table has {len(rows)} of {whole} frameworks{ticks}: {names}.",
            f"列表的框架表共有 {whole} 个框架,其中符合条件的 {len(rows)} 个:{names}。",
        )
        return ListAnswer((text,), (), len(rows), tuple(row.name for row in rows))


def _positive(query: ListQuery, whole: bool = False) -> list:  # type: ignore[type-arg]
    """The conditions that all must hold, without the denied ones unless `whole`."""
    parts = query.where.parts if isinstance(query.where, And) else (query.where,)
    return [c for c in parts if whole or not isinstance(c, Not | Everything)]
