"""A question and the dialogue before it -> `Reading`: `read`.

Folded, its spelling mended, resolved from the dialogue, its intents told, its slots looked up, and where it
can be one on the paper list, read as a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from surveyqa.text.folding import is_han, language_of
from surveyqa.text.terms import joined, tokenize
from surveyqa.understand.dialogue import LEANS, MAX_TURNS, resolve
from surveyqa.understand.listquery import Condition, Everything, ListQuery, Named, Not, both, leaves
from surveyqa.understand.listreader import read_list
from surveyqa.understand.presumption import presumed
from surveyqa.understand.reading import Intent, Reading, Subject, SubjectKind, Turn
from surveyqa.understand.scope import Scope, Shelf, belongs, facts_of
from surveyqa.understand.vocabulary import Knowledge, Mark, alnum, content, tokens

# intents that the ticks of a framework answer
TABLED: tuple[Intent, ...] = ("methods", "kinds", "who", "table", "fact", "papers")
LISTED = 0.12  # a question whose intent is the list with at least this is read as a query too
NOTHING_PRESUMED = (
    "papers",
    "assistant",
    "outside",
    "survey",
    "define",
    "overview",
    "section",
    "table",
    "figure",
)
ELSEWHERE = ("papers", "outside", "assistant")  # intents that a question on one paper cannot have
WHOLE = 2  # words of its own that a question on a whole paper has at most: "summarize", "main contribution"
OUTSIDE = 0.1  # what is left of the odds of "outside" where the corpus knows what is named
RARE = 15  # a capitalised word that stands in more chunks than this is no name
KINDS: dict[str, SubjectKind] = {
    "category": "category", "venue": "venue", "year": "year", "author": "author", "host": "host",
    "organisation": "organisation", "section": "section", "table": "table", "figure": "figure",
    "page": "page", "name": "method",
}  # fmt: skip
# Where one question ends and the next begins, in both languages.
_PARTS = re.compile(
    r"[??;;。!!]+|[,,]?\s*\b(?:and|but|then|or)\s+(?=(?:how|what|which|who|whose|why|where|when|can|do|does|did|is|are"
    r"|was|by how|to what|in what|on what|at which|for which)\b)"
    r"|[,,]\s*(?=(?:how|what|which|who|whose|why|where|when|does|is|are)\b)|[,,、](?=[^,,]*[\u4e00-\u9fff])",
    re.IGNORECASE,
)

LONGEST = 1500  # characters of a question that are read


def read(
    question: str, history: Sequence[Turn], knowledge: Knowledge, shelf: Shelf | None = None, of: str = ""
) -> Reading:
    """What `question` asks, of which `LONGEST` characters are read; `history`: the turns before it, oldest
    first. shelf: the papers of the user's own; of: the key of the one that is asked, whatever it names."""
    history = [replace(t, question=t.question[:LONGEST], resolved=t.resolved[:LONGEST]) for t in history]
    folded = knowledge.fold(question[:LONGEST]).strip()
    if scope := _scope(folded, history, knowledge, shelf, of):
        return read_own(question, scope, knowledge, history)
    text = knowledge.mend(folded)
    marks = marks_of(text, knowledge)
    alone = resolve(text, marks, history, knowledge, marks_of)
    listed = _continued(text, marks, history, knowledge)
    if alone.changed:
        text = alone.text
        marks = marks_of(text, knowledge)
    intents = knowledge.wanted(text, marks)
    query = listed or _query(text, marks, intents, knowledge)
    unresolved = "" if listed else alone.unresolved
    if listed or (query and query.want == "frameworks" and query.fields):
        intents = (("papers", 1.0),)
    elif unresolved:
        query = None  # a whole year is no answer to "which papers on it are from 2024?"
    subjects = tuple(_subjects(text, marks, knowledge))
    if (
        query
        and shelf
        and any(m.kind in ("name", "unknown") and shelf.alone(text[m.start : m.end]) for m in marks)
    ):
        query, intents = None, _without_list(intents)
    if any(s.kind in ("method", "paper", "category") for s in subjects):
        intents = _inside(intents)
    english, untranslated = knowledge.english(text)
    return Reading(
        asked=question,
        text=text,
        language=language_of(text),
        intents=intents,
        english=english,
        terms=_terms(english, subjects, knowledge),
        polar=_polar(text, marks),
        subjects=subjects,
        parts=_parts(text, knowledge),
        unknown=tuple(_unknown(text, marks, knowledge)),
        untranslated=untranslated,
        query=query,
        presumed="" if intents[0][0] in NOTHING_PRESUMED else presumed(text, english, subjects),
        resolved=alone.changed or listed is not None,
        unresolved=unresolved,
    )


# ---- papers of the user's own ----


def _scope(
    text: str, history: Sequence[Turn], knowledge: Knowledge, shelf: Shelf | None, of: str
) -> Scope | None:
    """The paper of the user's own that a question is about: by name, or as the question before."""
    if shelf is None or not shelf.papers:
        return None
    if of:
        named = shelf.find(text)
        return named if named and named.key == of else Scope(of, text, shelf.papers[of].title)
    marks = marks_of(text, knowledge)
    listed = any("list" in m.names for m in marks)
    names = [text[m.start : m.end] for m in marks if m.kind == "paper"]
    last = history[-1].scope if history else ""
    pronoun = any("pronoun" in m.names for m in marks)
    leans = bool(last) and (pronoun or belongs(text) or knowledge.intents.leans(text, marks) >= LEANS)
    _, foreign = knowledge.english(_unasked(text, marks))
    return shelf.find(text, () if listed else names, last, leans, listed, foreign)


def read_own(question: str, scope: Scope, knowledge: Knowledge, history: Sequence[Turn] = ()) -> Reading:
    """What is asked of one paper: neither list nor survey have a part in it."""
    text = knowledge.mend(scope.rest)
    marks = marks_of(text, knowledge)
    own = content(text, knowledge.asking_words)
    # "how big is it?" is of what was asked about before; "they" are the paper's authors
    before = history[-1] if history and history[-1].scope == scope.key else None
    leans = len(own) < WHOLE and any("pronoun" in m.names and "plural" not in m.names for m in marks)
    if before and leans:
        text = f"{text.rstrip(' ?')} ({before.resolved})"
        marks = marks_of(text, knowledge)
    wanted = [(i, p) for i, p in knowledge.wanted(text, marks) if i not in ELSEWHERE]
    # "what is this paper about?" would be about the survey; with a subject it asks for a fact
    named = [text[m.start : m.end] for m in marks if m.kind in ("name", "unknown", "paper")]
    head = alnum(scope.title.split(":")[0]) if ":" in scope.title else ""
    named += [text[t.start : t.end] for t in tokens(text) if t.start and text[t.start].isupper()]
    strange = [name for name in named if alnum(name) not in head]
    itself: Intent = "overview" if len(own) <= WHOLE and not strange else "fact"
    intents = [(itself if i in ("survey", "overview") else i, p) for i, p in wanted]
    english, untranslated = knowledge.english(text)
    places = [s for s in _subjects(text, marks, knowledge) if s.kind in ("section", "table", "figure")]
    said = tokenize(_unasked(text, marks)) if language_of(text) == "zh" else tokenize(text)
    terms = dict.fromkeys([*tokenize(english), *said], 1.0)
    return Reading(
        asked=question,
        text=text,
        language=language_of(text),
        intents=tuple(intents) or (("fact", 1.0),),
        english=english,
        terms=terms,
        polar=_polar(text, marks),
        subjects=tuple(places),
        parts=_parts(text, knowledge),
        unknown=tuple(word for word, _, _ in _compounds(text) if _distinct(word)),
        untranslated=untranslated,
        scope=scope.key,
        resolved=bool(before and leans),
        facts=facts_of(text, scope.title),
    )


def _unasked(text: str, marks: Sequence[Mark]) -> str:
    """A text without its words of asking."""
    for mark in reversed(marks):
        if mark.kind == "word" and mark.names != {"word"}:
            text = text[: mark.start] + " " + text[mark.end :]
    return text


def _distinct(word: str) -> bool:
    """Whether a word is a name by its spelling alone, wherever it stands: "RoBERTa", "GPT-2"."""
    return (
        any(c.isupper() for c in word[1:]) and any(c.islower() for c in word) and not _quantity(alnum(word))
    )


# ---- slots that the catalogue does not know ----


def marks_of(text: str, knowledge: Knowledge) -> list[Mark]:
    """The marks of the vocabulary, with sections, tables, figures and the names that only the text has."""
    found = knowledge.marks(text)
    places = list(_places(text, found))
    taken = [*places, *(m for m in found if m.kind not in ("word", "number"))]
    names = [m for m in _names(text, knowledge) if not any(m.overlaps(t) for t in taken)]
    outer = [*places, *names]
    kept = [
        m for m in found if not (m.kind in ("word", "number", "year") and any(m.overlaps(o) for o in outer))
    ]
    return sorted([*kept, *outer], key=lambda m: (m.start, -m.end))


def _places(text: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Sections, tables and figures by their numbers, and sections by their names."""
    for mark in marks:
        for name in mark.names:
            kind, _, value = name.partition(":")
            if kind == "section":
                yield Mark("section", mark.start, mark.end, (value,))
            elif kind in ("section_word", "table_word", "figure_word", "page_word"):
                number, start, end = _number_beside(text, mark)
                if number:
                    yield Mark(kind.removesuffix("_word"), start, end, (number,))
    for found in re.finditer(r"§\s*(\d(?:\.\d)*)|第?(\d(?:\.\d)+)\s*[节章]", text):
        yield Mark("section", found.start(), found.end(), (found[1] or found[2],))
    for found in re.finditer(r"第?(\d{1,3})\s*页", text):
        yield Mark("page", found.start(), found.end(), (found[1],))
    for found in re.finditer(r"第([一二三四五六])章(?:第([一二三四五六])节)?", text):
        digits = ["一二三四五六".index(x) + 1 for x in found.groups() if x]
        yield Mark("section", found.start(), found.end(), (".".join(map(str, digits)),))


def _number_beside(text: str, mark: Mark) -> tuple[str, int, int]:
    """The number after "section", "Table" or 表, and the span of both; "" for none."""
    at = mark.end
    while at < len(text) and text[at] in " .":
        at += 1
    end = at
    while end < len(text) and (
        text[end].isdigit() or (text[end] == "." and text[end + 1 : end + 2].isdigit())
    ):
        end += 1
    return text[at:end], mark.start, end


def _names(text: str, knowledge: Knowledge) -> Iterator[Mark]:
    """Words that look like names: a capital inside, a digit beside letters, or names of the corpus."""
    corpus = knowledge.corpus
    for word, start, end in _compounds(text):
        form = alnum(word)
        proper = corpus and form in corpus.proper_names
        if proper and word.islower() and knowledge.common_word and knowledge.common_word(word):
            proper = False  # it only ever opens a sentence there
        if not _looks_named(word, start, text) and not proper:
            continue
        if form in knowledge.units or _quantity(form) or form in knowledge.catalog.venues:
            continue
        known = bool(corpus and (corpus.frequency(form) or corpus.frequency(word)))
        if known and word[0].isupper() and word[1:].islower() and corpus and corpus.frequency(form) > RARE:
            continue
        yield Mark("name" if known else "unknown", start, end, (word,))


def _compounds(text: str) -> Iterator[tuple[str, int, int]]:
    """Words with their hyphens, dots and digits: "GPT-3", "LLaMA-2", "LLM.int8"."""
    words = [t for t in tokens(text) if t.text.isascii()]
    at = 0
    while at < len(words):
        end = at
        while end + 1 < len(words) and text[words[end].end : words[end + 1].start] in ("-", ".", "_", "‑"):
            end += 1
        start, stop = words[at].start, words[end].end
        yield text[start:stop], start, stop
        at = end + 1


def _looks_named(word: str, start: int, text: str) -> bool:
    inner = any(c.isupper() for c in word[1:])
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    within = start > 1 and text[start - 2 : start] not in (". ", "? ", "! ", ": ")
    capital = word[0].isupper() and within and len(word) > 2
    return len(word) > 1 and (inner or mixed or capital)


def _quantity(form: str) -> bool:
    """ "7b", "4bit", "int8", "w4a16", "80gb": sizes and precisions name nothing."""
    letters = "".join(" " if c.isdigit() else c for c in form).split()
    return any(c.isdigit() for c in form) and all(
        x
        in {
            "b",
            "m",
            "k",
            "t",
            "x",
            "bit",
            "bits",
            "gb",
            "mb",
            "tb",
            "int",
            "fp",
            "bf",
            "w",
            "a",
            "d",
            "s",
            "q",
            "h",
        }
        for x in letters
    )


def _unknown(text: str, marks: Sequence[Mark], knowledge: Knowledge) -> Iterator[str]:
    """Names that are nowhere, in one piece or apart, and sections that the survey does not have."""
    corpus = knowledge.corpus
    for mark in marks:
        word = str(mark.values[0]) if mark.values else ""
        if mark.kind == "unknown" and corpus and not corpus.says(" ".join(t.text for t in tokens(word))):
            yield word
        elif mark.kind == "section" and corpus and corpus.survey_sections:
            known = any(s == word or s.startswith(word + ".") for s in corpus.survey_sections)
            if not known:
                yield text[mark.start : mark.end]


def _subjects(text: str, marks: Sequence[Mark], knowledge: Knowledge) -> Iterator[Subject]:
    seen: set[tuple[str, str]] = set()
    for mark in marks:
        written = text[mark.start : mark.end]
        kind: SubjectKind | None = KINDS.get(mark.kind)
        key, papers, name = written, (), written
        if mark.kind == "paper" and any(m.kind == "category" and m.overlaps(mark) for m in marks):
            continue
        if mark.kind == "paper":
            kind = "paper" if len(written) > 30 else "method"
            papers, key = mark.values, mark.values[0]
        elif mark.kind == "category":
            key, name = " > ".join(mark.values[0]), mark.values[0][-1]
        elif mark.kind in ("section", "table", "figure", "page", "venue", "year", "host", "organisation"):
            key = str(mark.values[0])
        elif mark.kind == "author":
            papers = tuple(sorted(mark.values[1]))
        if kind is None or (kind, key) in seen:
            continue
        seen.add((kind, key))
        yield Subject(kind, name, key, (mark.start, mark.end), joined(written) & {alnum(written)}, papers)


# ---- search terms ----


def _terms(english: str, subjects: Sequence[Subject], knowledge: Knowledge) -> dict[str, float]:
    """Search terms with their weights; a name counts more, and two words that are one name are one too."""
    terms = dict.fromkeys(tokenize(english), 1.0)
    words = [t.text for t in tokens(english) if t.text.isascii()]
    for a, b in pairwise(words):
        if knowledge.corpus and len(a + b) > 3 and knowledge.corpus.frequency(a + b):
            terms.update(dict.fromkeys(tokenize(a + b), 1.0))
    for subject in subjects:
        if subject.kind in ("method", "paper"):
            terms.update(dict.fromkeys(tokenize(subject.name), 1.3))
    return terms


def _parts(text: str, knowledge: Knowledge) -> tuple[str, ...]:
    parts = [knowledge.english(part)[0].strip(" ,.") for part in _PARTS.split(text) if part and part.strip()]
    parts = [part for part in parts if len(set(tokenize(part))) >= 2]
    return tuple(parts) if len(parts) > 1 else ()


def _polar(text: str, marks: Sequence[Mark]) -> bool:
    """Whether a yes or a no is wanted: an auxiliary opens the question, or 吗 and its like stand in it."""
    words = [m for m in marks if m.kind == "word" and not m.names & {"opener"}]
    if any("yesno" in m.names and is_han(text[m.start]) for m in words):
        return True
    return bool(words) and "yesno" in words[0].names and words[0].start == marks[0].start


def _without_list(intents: Sequence[tuple[Intent, float]]) -> tuple[tuple[Intent, float], ...]:
    """What a question wants that speaks of what the list does not know."""
    return tuple((i, p) for i, p in intents if i != "papers") or (("fact", 1.0),)


def _inside(intents: Sequence[tuple[Intent, float]]) -> tuple[tuple[Intent, float], ...]:
    """A question that names something of the corpus is hardly outside of it."""
    odds = [(intent, p * (OUTSIDE if intent == "outside" else 1.0)) for intent, p in intents]
    whole = sum(p for _, p in odds) or 1.0
    return tuple(sorted(((intent, round(p / whole, 4)) for intent, p in odds), key=lambda x: -x[1]))


# ---- the list ----


def _query(
    text: str, marks: Sequence[Mark], intents: Sequence[tuple[Intent, float]], knowledge: Knowledge
) -> ListQuery | None:
    """The question as one on the list, where that is likely enough, or on its table of frameworks."""
    said = {kind for m in marks for kind in m.names}
    tabled = said & {"frameworks", "framework_table"} and intents[0][0] in TABLED
    if dict(intents).get("papers", 0.0) < LISTED and not tabled:
        return None
    want = knowledge.intents.want(text, marks)
    query = read_list(text, knowledge.marks(text), want, knowledge)
    if tabled and not (query.want == "frameworks" and query.fields):
        return query if dict(intents).get("papers", 0.0) >= LISTED else None
    bare = isinstance(query.where, Everything) and query.want == "titles"
    return None if bare and not query.order and not query.count else query


def _continued(
    text: str, marks: Sequence[Mark], history: Sequence[Turn], knowledge: Knowledge
) -> ListQuery | None:
    """A question that narrows or varies the one on the list before it: "only those from 2024"."""
    before = _last_query(history, knowledge)
    said = {kind for m in marks for kind in m.names}
    named = {m.kind for m in marks} & {"paper", "name", "quote", "section", "table", "figure"}
    if before is None or before.want not in ("titles", "count", "fields", "listed", "compare", "counts"):
        return None
    if knowledge.intents.leans(text, marks) < 0.4 and not (said & {"opener"} and len(text) < 40):
        return None
    want = knowledge.intents.want(text, marks)
    new = read_list(text, knowledge.marks(text), want, knowledge)
    if before.want in ("fields", "listed"):
        return _other_paper(new, before, named)
    new = replace(new, want="count" if new.count else "titles", leftover=())
    if named and not (said & {"not", "without", "title"}):
        return None
    changed = not isinstance(new.where, Everything) or new.order or new.count
    if not changed:
        shown = said & {"which", "papers"} and said & {"pronoun", "them"}
        return replace(before, want="titles", count=False) if shown else None
    if dict(knowledge.wanted(text, marks)).get("papers", 0.0) < 0.3:
        return None
    return _joined_query(new, before, said)


def _joined_query(new: ListQuery, before: ListQuery, said: set[str]) -> ListQuery:
    """The conditions of both; where a kind is in both, the new in the place of the old, unless "of them"."""
    narrows = bool(said & {"plural", "not", "without"}) and not said & {"opener"}
    kinds = {type(c) for c in leaves(new.where)}
    parts = before.where.parts if hasattr(before.where, "parts") and not narrows else (before.where,)
    kept: list[Condition] = [c for c in parts if narrows or not any(type(x) in kinds for x in leaves(c))]
    where = both(*kept, new.where)
    return replace(
        new, where=where, count=new.count, order=new.order or before.order, limit=new.limit or before.limit
    )


def _other_paper(new: ListQuery, before: ListQuery, named: set[str]) -> ListQuery | None:
    """A look-up of another paper's same field, or of another field of the same paper."""
    if (named and isinstance(new.where, Named | Not)) or (named and new.conditions):
        fields = new.fields if new.fields and new.fields != ("listed",) else before.fields
        keys = [c for c in new.conditions if isinstance(c, Named)]
        return replace(new, where=both(*keys), want="fields", fields=fields) if keys else None
    if new.fields and new.fields != ("listed",):
        return replace(before, want="fields", fields=new.fields)
    return None


def _last_query(history: Sequence[Turn], knowledge: Knowledge) -> ListQuery | None:
    """The query that the last turn asked, read with the turns before it; None where it asked none."""
    if not history:
        return None
    turn = history[-1]
    text = knowledge.mend(knowledge.fold(turn.question).strip())
    marks = marks_of(text, knowledge)
    continued = _continued(text, marks, history[-MAX_TURNS:-1], knowledge)
    if continued:
        return continued
    intents = knowledge.wanted(text, marks)
    return _query(text, marks, intents, knowledge) if intents[0][0] == "papers" else None


def understood(reading: Reading) -> dict[str, Any]:
    """The reading as the JSON of an answer shows it."""
    query = reading.query.describe(reading.language) if reading.query else None
    return {
        "as": reading.text,
        "intent": reading.intent,
        "subjects": [s.name for s in reading.subjects],
        "list": query if reading.intent == "papers" else None,
    }
