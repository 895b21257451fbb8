"""From a reading to an answer: find, judge, choose by what is asked, cite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from surveyqa import logs as trace
from surveyqa.answering.answerability import Answerability, Judgement, Places, Why, nearest, premise_verdicts
from surveyqa.answering.builders import BUILDERS
from surveyqa.answering.citing import Citer, Selected, Wording, entry, names, write
from surveyqa.answering.contract import Answer, Engine, Premise, Sentence, Understood
from surveyqa.answering.lists import ListAnswer, answer_list, ranker
from surveyqa.answering.own import OwnDocument, Reach, look_into, refusal, tell
from surveyqa.answering.passages import Passage, passages_of
from surveyqa.answering.ranking import Ranking, named_pages
from surveyqa.answering.retrieval import Key, Query, Retrieval, look
from surveyqa.answering.selection import Composer, select
from surveyqa.answering.tables import (
    Row,
    asks_for_cell,
    compare,
    of_table,
    plain,
    read_row,
    select_rows,
    sides,
)
from surveyqa.catalog import Catalog
from surveyqa.catalog.formats import as_dict
from surveyqa.index import Index
from surveyqa.index.chunks import Chunk
from surveyqa.index.statements import form_of
from surveyqa.profile import Profile
from surveyqa.understand.listquery import ListQuery
from surveyqa.understand.reading import Intent, Reading, Turn

LISTED = 0.5  # probability of a question on the list at which the list answers it
BESIDE = 0.25  # at which the list's papers stand beside the survey's answer
DOUBT = 60  # words of what is told where a premise is doubted
ASPECTS: Mapping[Intent, tuple[str, ...]] = {  # roles that tell what is asked
    "limits": ("Limits",),
    "pros": ("Strengths", "Results"),
    "outlook": ("Outlook", "Limits", "Problem"),
}
PLAIN: tuple[Intent, ...] = ("define", "compare", "overview", "kinds", "methods")  # ask for what there is
CELLS: tuple[Intent, ...] = ("table", "number", "fact")  # what a cell of a table answers
LIKELY = 0.4
MAX_ENTRIES = 60  # entries of the list that are given as sources


@dataclass(frozen=True)
class Draft:
    """An answer with what it was made from. complete: a table, a list or a comparison, which no model
    shortens; speaks_of: titles of the pages that it tells of, in its order."""

    answer: Answer
    passages: tuple[Passage, ...] = ()
    complete: bool = False
    speaks_of: tuple[str, ...] = ()


class Answerer:
    """Answers readings from one generation. most: sources under an answer."""

    def __init__(self, index: Index, catalog: Catalog, profile: Profile, most: int) -> None:
        self.index = index
        self.profile = profile
        self.citer = Citer(index, catalog, profile)
        self.most = most
        self.places = Places.of(index)
        self.answerability = Answerability()
        self.ranking = Ranking.load()
        rows = [row for c in index.chunks if c.form == "table-row" and (row := read_row(c))]
        self.rows = tuple(row for row in rows if row.chunk.kind != "paper")
        self.own_rows: dict[str, list[Row]] = {}
        for row in rows:
            self.own_rows.setdefault(row.chunk.document, []).append(row)
        self.reach = Reach()
        self._own: dict[str, OwnDocument] = {}
        self.row_at = {row.chunk.id: n for n, row in enumerate(self.rows)}

    @property
    def engine(self) -> Engine:
        manifest = self.index.manifest
        return Engine("extractive", manifest.model, manifest.generation, manifest.corpus)

    def find(self, reading: Reading) -> Retrieval:
        """Statements and sentences for a question."""
        if reading.scope:
            return look_into(self.own(reading.scope), reading)
        query = Query(
            reading.english,
            reading.terms,
            tuple(s.forms for s in reading.named("method", "paper") if s.forms),
            reading.parts,
        )
        return look(self.index, query, reading, self.ranking, lambda chunk: prior(reading, chunk))

    def own(self, key: str) -> OwnDocument:
        """A paper of the user's own, by key."""
        if key not in self._own:
            self._own[key] = OwnDocument(self.index, key)
        return self._own[key]

    def passages(self, found: Retrieval, first: Sequence[Key] = (), n: int | None = None) -> list[Passage]:
        """At most `n` passages, those of the sentences `first` before all."""
        return passages_of(self.index, found, n or self.most, first=first)

    def answer(self, reading: Reading, found: Retrieval, most: int | None = None) -> Draft:
        """The answer with at most `most` sources beside those that it cites, or a refusal with its reason."""
        most = most or self.most
        if reading.scope:
            return self._of_own(reading, found, most)
        if reading.intent == "assistant":
            return Draft(self._greeting(reading), complete=True)
        listed = dict(reading.intents).get("papers", 0.0)
        if reading.query and listed >= LISTED:
            if reading.query.want == "frameworks" and (tabled := self._tabled(reading, reading.query, found)):
                return tabled
            return Draft(self._from_list(reading, reading.query), complete=True)
        judged = self.answerability.judge(self.index, self.places, reading, found)
        trace.note(
            "judged",
            lambda: {
                "probability": judged.probability,
                "why": judged.why and judged.why.value,
                "answerable": not judged.refused,
            },
        )
        if judged.refused and not (judged.why is Why.UNTOLD and self._told_anyway(reading)):
            return Draft(self.refuse(reading, found, judged))
        if judged.why is Why.UNSTATED and not self._told_anyway(reading):
            return self._doubted(reading, found, most)
        selected, table, complete = self._select(reading, found)
        if not selected:
            return Draft(self.refuse(reading, found, Judgement(judged.probability, Why.UNTOLD)))
        keys = tuple(dict.fromkeys(key for sentence in selected for key in sentence.keys))
        passages = self.passages(found, keys, most)
        answer = self.citer.answer(reading.asked, selected, passages, self.engine, most)
        answer = replace(answer, table=table and table(answer))
        if reading.query and listed >= BESIDE:  # the survey tells, and the list has more
            more = self._found(reading, reading.query)
            answer = replace(answer, papers=tuple(map(as_dict, more.papers)), total=more.total)
        pages = dict.fromkeys(s.told.page for s in selected if s.told is not None)
        titles = tuple(self.index.statements.pages[page].title for page in pages)
        if lead := self._lacking(reading, selected):
            answer = replace(answer, text=f"{lead} {answer.text}")
        return Draft(answer, tuple(passages), complete, titles)

    def _of_own(self, reading: Reading, found: Retrieval, most: int) -> Draft:
        """What a paper of the user's own says, in its sentences."""
        document = self.own(reading.scope)
        judged = self.reach.judge(document, reading, found)
        selected = (
            [] if judged.refused else tell(document, reading, found, self.own_rows.get(document.key, ()))
        )
        if not selected:
            text = refusal(document, reading, judged)
            return Draft(Answer(reading.asked, "no_answer", text, (), (), self.engine))
        keys = tuple(dict.fromkeys(key for sentence in selected for key in sentence.keys))
        passages = self.passages(found, keys, max(most, len(keys)))
        answer = self.citer.answer(reading.asked, selected, passages, self.engine, most)
        rows = [
            r for r in self.own_rows.get(document.key, ()) if (self.index.position[r.chunk.id], 0) in keys
        ]
        if reading.named("table") and len(rows) > 1:
            answer = replace(answer, table=_table_of(rows))
        if "bibtex" in reading.facts:
            answer = replace(answer, bibtex=document.bibtex)
        return Draft(answer, tuple(passages), False, (document.title,))

    def _lacking(self, reading: Reading, selected: Sequence[Selected]) -> str:
        """What to say first where limits, strengths or open questions of a thing are asked and none is
        told."""
        wanted = ASPECTS.get(reading.intent)
        statements = self.index.statements
        own = [n for n in named_pages(statements, reading) if statements.pages[n].kind != "topic"]
        if not wanted or not own or any(s.told is None or s.told.role in wanted for s in selected):
            return ""
        spans = [statements.told[slice(*statements.pages[n].span)] for n in own]
        if any(told.role in wanted for span in spans for told in span):
            return ""
        return Wording(reading.language).lacking(statements.pages[own[0]].title, reading.intent)

    def _told_anyway(self, reading: Reading) -> bool:
        """Whether nothing is asked but what there is of a thing that has its page, or of several side by
        side."""
        named = len(sides(self.index, reading))
        return (
            named > (reading.intent == "compare") and reading.intent in PLAIN and plain(self.index, reading)
        )

    def _doubted(self, reading: Reading, found: Retrieval, most: int) -> Draft:
        """What a question takes for granted is not told of what it names: that first, then what is.

        Softer than a refusal, so that a mistake costs less.
        """
        pages = self.index.statements.pages
        own = [hit for hit in found.hits if hit.named and pages[hit.told.page].kind != "topic"]
        premise = reading.presumed or reading.text
        labels = premise_verdicts(reading, own[:3])
        denied = next((h for h, label in zip(own, labels, strict=False) if label == "contradicted"), None)
        composer = Composer(self.index, reading, DOUBT)
        for hit in [*([denied] if denied else []), *own][:2]:
            composer.tell(hit.told)
        keys = tuple(dict.fromkeys(key for sentence in composer.chosen for key in sentence.keys))
        passages = self.passages(found, keys, most)
        answer = self.citer.answer(reading.asked, composer.chosen, passages, self.engine, most)
        title = pages[own[0].told.page].title
        lead = Wording(reading.language).doubt(title, denied is not None)
        cited = answer.sentences[0].citations if denied and answer.sentences else ()
        verdict = Premise(premise, "contradicted" if denied else "unstated", cited)
        return Draft(
            replace(answer, text=f"{lead} {answer.text}", premise=verdict), tuple(passages), True, (title,)
        )

    def _greeting(self, reading: Reading) -> Answer:
        """A short friendly line and three questions that work."""
        text = Wording(reading.language).help(self.profile)
        return Answer(reading.asked, "answered", text, (), (), replace(self.engine, generator="assistant"))

    def _found(self, reading: Reading, query: ListQuery) -> ListAnswer:
        return answer_list(
            query, self.citer.catalog, reading.language, ranker(self.index, self.citer.catalog), self._authors
        )

    def _authors(self, key: str) -> str | None:
        """The authors of a paper of the list, where the survey's bibliography names them."""
        references = self.index.references.values()
        return next((r.authors for r in references if r.paper == key and r.authors), None)

    def _from_list(self, reading: Reading, query: ListQuery) -> Answer:
        """A question on the list, answered from it completely; a sentence cites the entries that it names."""
        found = self._found(reading, query)
        sources = tuple(entry(i, paper) for i, paper in enumerate(found.papers[:MAX_ENTRIES], 1))
        named = [(s.id, paper) for s, paper in zip(sources, found.papers, strict=False)]
        sentences = tuple(
            Sentence(text, tuple(i for i, paper in named if names(text, paper)), "supported", "written")
            for text in found.sentences
        )
        text = write(sentences, [Selected(s.text, ()) for s in sentences])
        engine = replace(self.engine, generator="catalog")
        papers = tuple(map(as_dict, found.papers))
        return Answer(
            reading.asked, "answered", text, sentences, sources, engine, papers=papers, total=found.total
        )

    def _tabled(self, reading: Reading, query: ListQuery, found: Retrieval) -> Draft | None:
        """Which frameworks have what is asked, with their rows of the survey's table; None where it has not
        got them."""
        listed = self._found(reading, query)
        forms = {form_of(name) for name in listed.frameworks}
        rows = [row for row in self.rows if form_of(row.name.split("(")[0]) in forms]
        if not rows:
            return None
        keys = tuple((self.index.position[row.chunk.id], 0) for row in rows)
        passages = self.passages(found, keys, len(keys))
        selected = [Selected(text, keys, "written") for text in listed.sentences]
        engine = replace(self.engine, generator="catalog")
        answer = self.citer.answer(reading.asked, selected, passages, engine, len(keys))
        return Draft(replace(answer, table=_table_of(rows), total=listed.total), tuple(passages), True)

    def _select(
        self, reading: Reading, found: Retrieval
    ) -> tuple[list[Selected], Callable[[Answer], Mapping[str, object]] | None, bool]:
        rows = self._rows(reading, found)
        if rows:
            wanted = [self._row(row, len(rows) > 1) for row in rows]
            return wanted, (lambda answer: _table_of(rows)) if len(rows) > 1 else None, len(rows) > 1
        names = sides(self.index, reading) if reading.intent == "compare" else []
        if len(names) > 1 and plain(self.index, reading):
            comparison = compare(self.index, reading, names)
            if told := comparison.selected():
                return told, lambda answer: comparison.table(answer.sentences), True
        build = BUILDERS.get(reading.intent)
        composer = build(self.index, reading, found) if build else None
        if composer is not None:
            return composer.chosen, None, True
        return select(self.index, reading, found), None, False

    def _rows(self, reading: Reading, found: Retrieval) -> list[Row]:
        """The rows of a table that a question asks for."""
        if not (of_table(reading) or asks_for_cell(reading, self.profile)):
            return []
        rows = select_rows(reading, self.rows, self.profile)
        if of_table(reading):
            return rows or self._whole(reading)
        asked = "".join(c for c in reading.english.lower() if c.isalnum())
        if len(rows) != 1 or sum(p for i, p in reading.intents if i in CELLS) < LIKELY:
            return []
        form = form_of(rows[0].name.split("(")[0])
        within = any(form != form_of(s.name) and form in form_of(s.name) for s in reading.subjects)
        return rows if form in asked and not within else []  # "Baby LLaMA" is not in the row of LLaMA

    def _whole(self, reading: Reading) -> list[Row]:
        """Every row of the table that a question names."""
        numbers = {s.key.split(" ")[-1] for s in reading.named("table")}
        return [row for row in self.rows if row.caption.split()[-1] in numbers]

    def _row(self, row: Row, many: bool) -> Selected:
        key = (self.index.position[row.chunk.id], 0)
        return Selected(row.reading if many else row.told, (key,), "quoted", many)

    def comparison(
        self, reading: Reading, names: Sequence[str], properties: Sequence[str] | None = None
    ) -> Answer:
        """`names` by properties, as an answer whose table has a cited sentence in each cell or nothing."""
        made = compare(self.index, reading, names, properties)
        found = self.find(reading)
        selected = made.selected()
        keys = tuple(dict.fromkeys(key for sentence in selected for key in sentence.keys))
        answer = self.citer.answer(reading.asked, selected, self.passages(found, keys), self.engine, 0)
        return replace(
            answer,
            status="answered" if selected else "no_answer",
            table=made.table(answer.sentences),
            suggestions=made.missing,
        )

    def refuse(self, reading: Reading, found: Retrieval | None, judged: Judgement) -> Answer:
        """No answer, with its reason and what is really near."""
        words = Wording(reading.language)
        near = nearest(self.index, found) if found and judged.why not in (Why.OUTSIDE, Why.UNRESOLVED) else ()
        return Answer(
            reading.asked, "no_answer", words.refusal(judged), (), (), self.engine, suggestions=tuple(near)
        )


def understood(reading: Reading, draft: Draft) -> Understood:
    """What a question was read as, for its asker and for the questions after it."""
    listed = reading.query.describe(reading.language) if reading.query and draft.answer.papers else None
    return Understood(
        reading.text,
        reading.intent,
        tuple(subject.name for subject in reading.subjects),
        listed,
        reading.resolved,
        draft.speaks_of,
        reading.scope,
    )


def turn_of(answer: Answer) -> Turn:
    """What a later question may lean on."""
    read = answer.understood
    if read is None:
        return Turn(answer.question)
    subjects = tuple(dict.fromkeys([*read.subjects, *read.answered]))
    return Turn(answer.question, read.text, subjects, tuple(str(p["key"]) for p in answer.papers), read.scope)


def prior(reading: Reading, chunk: Chunk) -> float:
    """What a question wants of a source before its words are looked at."""
    score = 0.10 if chunk.kind == "survey" else 0.0
    if chunk.kind == "survey" and not chunk.path:  # the title page: names and places are like no question
        score += 0.40 if reading.intent == "survey" else -0.30
    if chunk.form == "caption":
        score += 0.05 if reading.intent == "figure" else -0.10
    elif chunk.form == "figure-list":
        score += 0.15 if reading.intent == "figure" else -0.12
    elif chunk.form == "table-row":
        score += 0.10 if of_table(reading) else -0.04
    if any((chunk.section or "").split(" ")[0] == s.key for s in reading.named("section")):
        score += 0.10
    return score


def _table_of(rows: Sequence[Row]) -> Mapping[str, object]:
    """Rows of a table of the survey as a table of the contract, complete and counted."""
    columns = list(dict.fromkeys(column for row in rows for column in row.values))
    return {
        "title": rows[0].caption,
        "columns": columns,
        "rows": [[row.values.get(column, "") for column in columns] for row in rows],
        "page": rows[0].chunk.page_at(0),
        "total": len(rows),
    }
