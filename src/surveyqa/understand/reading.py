"""`Reading`: what a question was understood as. Every later stage uses it, and the user can see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from surveyqa.understand.listquery import ListQuery

Language = Literal["en", "zh"]
Intent = Literal[
    "define", "how", "why", "number", "who", "compare", "recommend", "pros", "limits", "methods", "kinds",
    "fact", "overview", "section", "table", "figure", "outlook", "papers", "survey", "assistant", "outside",
]  # fmt: skip
SubjectKind = Literal[
    "method", "paper", "category", "topic", "section", "table", "figure", "page", "venue", "year", "author",
    "host", "organisation",
]  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """Something of the corpus that a question names, found by look-up.

    name: as the corpus writes it; key: its id there (paper key, category path joined with " > ", section
    number, page of the statements); span: (start, end) in `Reading.text`; forms: its spellings in one piece
    (`text.terms.joined`); score: 1.0 where it is spelled so, less where the spelling was mended.
    """

    kind: SubjectKind
    name: str
    key: str
    span: tuple[int, int]
    forms: frozenset[str] = frozenset()
    papers: tuple[str, ...] = ()
    score: float = 1.0


@dataclass(frozen=True)
class Turn:
    """An earlier question of a dialogue with what was answered: `subjects` in the order of the answer; scope:
    the document that was asked about alone."""

    question: str
    resolved: str = ""
    subjects: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    scope: str = ""


@dataclass(frozen=True)
class Reading:
    """A question, understood.

    asked:    as typed. text: stand-alone, spelling mended, resolved from the dialogue.
    intents:  (intent, probability), best first; `intent` is the first.
    polar:    it wants a yes or a no.
    subjects: what is asked about, in the order of the question.
    english:  what is embedded: the text, or for Chinese its English by the glossary.
    terms:    search terms with weights.
    parts:    English wording of each thing asked, where a question asks several.
    unknown:  words that look like names and occur nowhere in the corpus; with a scope, all that look so.
    query:    the question as one on the paper list, where it can be read so.
    presumed: what the question takes for granted, as a statement in English; "" where that is nothing.
    resolved: the text was changed by the dialogue ("Understood as: ...").
    unresolved: a pronoun or ellipsis that nothing before explains.
    scope:    key of the paper of the user's own that alone is asked about, whose title is then not in `text`.
    facts:    what is asked of the document itself, of `scope.FACTS`.
    """

    asked: str
    text: str
    language: Language
    intents: tuple[tuple[Intent, float], ...]
    english: str
    terms: Mapping[str, float]
    polar: bool = False
    subjects: tuple[Subject, ...] = ()
    parts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    untranslated: tuple[str, ...] = ()
    query: ListQuery | None = None
    presumed: str = ""
    resolved: bool = False
    unresolved: str = ""
    scope: str = ""
    facts: tuple[str, ...] = ()

    @property
    def intent(self) -> Intent:
        return self.intents[0][0]

    def named(self, *kinds: SubjectKind) -> tuple[Subject, ...]:
        """The subjects of these kinds."""
        return tuple(s for s in self.subjects if s.kind in kinds)
