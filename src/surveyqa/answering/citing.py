"""From chosen sentences to an answer: sources numbered once, marks written once, quotes verbatim on a
page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from surveyqa.answering.answerability import Judgement, Why
from surveyqa.answering.contract import Answer, CitedPaper, Engine, Origin, Sentence, Source
from surveyqa.answering.passages import Passage
from surveyqa.answering.retrieval import Key
from surveyqa.catalog import Catalog, Paper
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.statements import Told
from surveyqa.profile import Profile
from surveyqa.understand.reading import Intent, Language


@dataclass(frozen=True)
class Selected:
    """A sentence of the answer. keys: the sentences of the index that carry it, (chunk, number) each.

    item: of a list; group: the heading that items stand under; told: the statement that it is, where it is
    one.
    """

    text: str
    keys: tuple[Key, ...]
    origin: Origin = "quoted"
    item: bool = False
    group: str = ""
    told: Told | None = None


Shown = tuple[int, int | None]  # number of a passage, page


class Citer:
    """Numbers sources and writes marks, for one generation and its catalogue."""

    def __init__(self, index: Index, catalog: Catalog, profile: Profile) -> None:
        self.profile = profile
        self.index = index
        self.catalog = catalog

    def answer(
        self,
        asked: str,
        selected: Sequence[Selected],
        passages: Sequence[Passage],
        engine: Engine,
        most: int,
    ) -> Answer:
        """Sources in the order of the answer; those that it does not cite come after, `most` in all.

        A source is what one passage shows on one page: a sentence that runs over a page break has two.
        """
        within = {key: n for n, passage in reversed(list(enumerate(passages))) for key in passage.keys}
        shown: dict[Shown, list[tuple[int, int]]] = {}
        cited: list[list[tuple[Shown, str]]] = []
        for sentence in selected:
            its: list[tuple[Shown, str]] = []
            for key in sentence.keys:
                n = within[key]
                chunk = passages[n].chunk
                quote = chunk.quote or chunk.sentences[passages[n].keys.index(key)]
                for page, start, end in page_spans(chunk, *quote):
                    shown.setdefault((n, page), []).append((start, end))
                    its.append(((n, page), chunk.text[start:end]))
            cited.append(its)
        for n, passage in enumerate(passages):
            if len(shown) < most and not any(m == n for m, _ in shown):
                best = passage.chunk.quote or passage.chunk.sentences[passage.best]
                page, start, end = page_spans(passage.chunk, *best)[0]
                shown[n, page] = [(start, end)]
        numbers = {place: i for i, place in enumerate(shown, 1)}
        sources = []
        for (n, page), spans in shown.items():
            shared = sum(1 for m, _ in shown if m == n) > 1
            chunk = passages[n].chunk
            part = on_page(chunk, page) if shared else (0, len(chunk.text))
            start, end = min(a for a, _ in spans), max(b for _, b in spans)
            sources.append(self.source(numbers[n, page], passages[n], start, end, part))
        sentences = tuple(
            Sentence(
                sentence.text,
                tuple(dict.fromkeys(numbers[place] for place, _ in its)),
                "supported",
                sentence.origin,
                tuple(
                    {numbers[place]: quote for place, quote in reversed(its)}[i] for i in _ids(its, numbers)
                ),
            )
            for sentence, its in zip(selected, cited, strict=True)
        )
        text = write(sentences, selected)
        return Answer(asked, "answered", text, sentences, tuple(sources), engine)

    def source(
        self, number: int, passage: Passage, start: int, end: int, part: tuple[int, int] | None = None
    ) -> Source:
        """What `[number]` shows: the quote from start to end of a passage, of which `part` is given along."""
        chunk = passage.chunk
        document = self.index.documents[chunk.document]
        page = chunk.page_at(start)
        url = document["url"]
        if chunk.kind == "survey" and page:
            url = f"{self.profile.url}#page={page}"
        return Source(
            id=number,
            kind=chunk.kind,
            title=document["title"],
            authors=document["authors"],
            year=document["year"],
            arxiv_id=document["arxiv_id"],
            url=url,
            section=chunk.section,
            page=page,
            quote=chunk.text[start:end],
            passage=chunk.text[slice(*part)] if part else chunk.text,
            score=passage.score,
            chunk=chunk.id,
            papers=self.cited_papers(chunk.cites, start, end),
        )

    def cited_papers(
        self, cites: Sequence[tuple[int, int, str]], start: int, end: int
    ) -> tuple[CitedPaper, ...]:
        """The papers cited between two offsets of a chunk, each once."""
        papers: dict[str, CitedPaper] = {}
        for a, b, key in cites:
            if a < start or b > end or key in papers:
                continue
            reference = self.index.references.get(key)
            listed = self.catalog.by_key.get((reference.paper or "") if reference else key)
            authors = reference.authors if reference else None
            if listed:
                papers[key] = CitedPaper(
                    listed.title, authors, listed.year, listed.arxiv_id, listed.url, listed.key
                )
            elif reference:
                papers[key] = CitedPaper(
                    reference.title, authors, reference.year, reference.arxiv_id, reference.url
                )
        return tuple(papers.values())


def _ids(its: Sequence[tuple[Shown, str]], numbers: Mapping[Shown, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers[place] for place, _ in its))


def page_spans(chunk: Chunk, start: int, end: int) -> list[tuple[int | None, int, int]]:
    """(page, start, end) of each page's part of a span; one without a page where the document has none."""
    starts = [(offset, page) for offset, page in chunk.pages if start < offset < end]
    cuts = [start, *(offset for offset, _ in starts), end]
    spans = []
    for a, b in pairwise(cuts):
        while b > a and chunk.text[b - 1].isspace():
            b -= 1
        while a < b and chunk.text[a].isspace():
            a += 1
        spans.append((chunk.page_at(a), a, b))
    return spans


def on_page(chunk: Chunk, page: int | None) -> tuple[int, int]:
    """The part of a chunk's text that stands on a page."""
    starts = [offset for offset, _ in chunk.pages] + [len(chunk.text)]
    for n, (offset, number) in enumerate(chunk.pages):
        if number == page:
            return offset, starts[n + 1]
    return 0, len(chunk.text)


def entry(number: int, paper: Paper) -> Source:
    """An entry of the list as a source."""
    line = ", ".join(str(part) for part in (paper.title, paper.where) if part)
    section = " > ".join(paper.categories[0]) if paper.categories else None
    cited = CitedPaper(paper.title, None, paper.year, paper.arxiv_id, paper.url, paper.key)
    return Source(
        number, "catalog", paper.title, None, paper.year, paper.arxiv_id, paper.url, section, None, line,
        line, 1.0, f"list:{paper.key}", (cited,),
    )  # fmt: skip


def names(text: str, paper: Paper) -> bool:
    """Whether a sentence names a paper, by its title or by what stands before the colon."""
    short = paper.title.split(":")[0]
    at = text.find(short) if len(short) < len(paper.title) else -1
    end = at + len(short)
    around = text[max(0, at - 1) : at] + text[end : end + 1]
    return paper.title in text or (at >= 0 and not any(c.isalnum() for c in around))


def write(sentences: Sequence[Sentence], selected: Sequence[Selected]) -> str:
    """The answer as text with its marks; items of a list on lines of their own, under their headings.

    A run of sentences that cite the same is marked once, at its end.
    """
    text, group = "", ""
    for n, (sentence, chosen) in enumerate(zip(sentences, selected, strict=True)):
        following = sentences[n + 1] if n + 1 < len(sentences) else None
        goes_on = following and not chosen.item and not selected[n + 1].item
        same = bool(goes_on and following and following.citations == sentence.citations)
        marks = "" if same else " " + "".join(f"[{c}]" for c in sentence.citations)
        if chosen.group != group and chosen.group:
            text += ("\n" if n else "") + f"{chosen.group}:"
        group = chosen.group
        if chosen.item:
            text += ("\n- " if text else "- ") + sentence.text + marks
        else:
            text += ("\n" if n and selected[n - 1].item else " " if n else "") + sentence.text + marks
    return text


REFUSAL = {"en": "The survey does not say", "zh": "综述没有说明这一点"}
_WHY = {
    Why.NO_PLACE: ("the survey has no {what}", "综述里没有{what}"),
    Why.UNKNOWN_NAME: (
        "{what} is mentioned nowhere in the survey or the abstracts",
        "综述和摘要都没有提到{what}",
    ),
}
_ASK_BACK = {
    "en": 'What does "{what}" refer to? Name it, and ask again.',
    "zh": "“{what}”指的是什么?请写出名称再问一次。",
}
_OUTSIDE = {
    "en": "That is outside the survey and the papers on its list.",
    "zh": "这个问题超出了综述和所列论文的范围。",
}
_HELP = {
    "en": (
        'I answer questions about "{title}" and the papers on its list, with the sentence of the source '
        "behind each of mine. Try: {tries}"
    ),
    "zh": "我回答关于《{title}》及其论文列表的问题,每句话都附有原文出处。可以试试:{tries}",
}

_ASPECT: Mapping[Intent, tuple[str, str]] = {
    "limits": ("limits", "局限"),
    "pros": ("strengths", "优点"),
    "outlook": ("open questions", "未解决的问题"),
}
_LACKING = {
    "en": "The survey names no {what} of {title} itself. It says:",
    "zh": "综述没有提到 {title} 本身的{what}。它说：",
}


@dataclass(frozen=True)
class Wording:
    """Sentences of the program itself in one language."""

    language: Language

    def refusal(self, judged: Judgement) -> str:
        """No answer, with its reason where one can be named."""
        if judged.why is Why.UNRESOLVED:
            return _ASK_BACK[self.language].format(what=judged.what)
        if judged.why is Why.OUTSIDE:
            return _OUTSIDE[self.language]
        end = "." if self.language == "en" else "。"
        if judged.why in _WHY:
            reason = _WHY[judged.why][self.language == "zh"].format(what=judged.what)
            colon = ": " if self.language == "en" else ":"
            return f"{REFUSAL[self.language]}{colon}{reason}{end}"
        return f"{REFUSAL[self.language]}{end}"

    def doubt(self, title: str, denied: bool) -> str:
        """What stands before what is told of something, where a question takes for granted what is not."""
        if self.language == "zh":
            return "综述的说法不同:" if denied else f"综述没有说明 {title} 的这一点。关于 {title},它说:"
        return (
            "The survey says otherwise:" if denied else f"The survey does not say this of {title}. It says:"
        )

    def lacking(self, title: str, intent: Intent) -> str:
        """What stands before what is told of a thing, where what is asked of it is not."""
        return _LACKING[self.language].format(title=title, what=_ASPECT[intent][self.language == "zh"])

    def help(self, profile: Profile) -> str:
        """What the assistant does, and three questions that work."""
        title = profile.title_zh if self.language == "zh" else profile.title
        return _HELP[self.language].format(title=title, tries=" · ".join(profile.help.get(self.language, ())))
