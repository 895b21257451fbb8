"""A question that leans on the dialogue, made to stand alone: `resolve`.

That it leans is told by the model; what it leans on is looked up in what was asked and answered before. A
question that names its own subject is never changed, and a pronoun that nothing explains is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surveyqa.text.folding import is_han
from surveyqa.understand.reading import Turn
from surveyqa.understand.vocabulary import Knowledge, Mark, tokens

MAX_TURNS = 8  # earlier turns that are looked at
Finder = Callable[[str, Knowledge], Sequence[Mark]]
EXPLETIVE = ("it", "this", "that")  # which often stand for nothing: "is it true that ..."
MARKS = " ?,.\uff1f\uff0c"
LEANS = 0.5  # the model's probability from which a question without a subject needs one
LONG = 300  # characters of an earlier question at which it is not put into another
DETERMINERS = ("a", "an", "the", "any", "some", "every", "no", "one", "another")
SAID = 4  # words of a sentence that may say what a pronoun stands for
SHORT = 7  # words of an ellipsis: "and the same for Gopher?"
FINDING = ("who", "recommend", "fact", "methods")
NAMING = ("paper", "category", "name", "author", "quote", "section", "table", "figure", "arxiv")


@dataclass(frozen=True)
class Resolution:
    """text: the question in words that stand alone; changed: they are not its own; subjects: what was put in;
    unresolved: a pronoun that nothing explains."""

    text: str
    changed: bool = False
    unresolved: str = ""
    subjects: tuple[str, ...] = ()


def resolve(
    text: str, marks: Sequence[Mark], history: Sequence[Turn], knowledge: Knowledge, find: Finder
) -> Resolution:
    """text: the question folded and mended; marks: what `find` finds in it."""
    return _Resolver(text, marks, history[-MAX_TURNS:], knowledge, find).resolve()


class _Resolver:
    def __init__(
        self, text: str, marks: Sequence[Mark], history: Sequence[Turn], knowledge: Knowledge, find: Finder
    ) -> None:
        self.find = find
        self.text, self.marks, self.history, self.know = text, marks, history, knowledge
        self.own = [m for m in marks if m.kind in NAMING]
        self.words = [m for m in marks if m.kind == "word"]

    def resolve(self) -> Resolution:
        leans = self.know.intents.leans(self.text, self.marks)
        pronoun, ordinal = self._pronoun(), self._ordinal()
        if not self.history:
            bare = pronoun if pronoun and not self.own and leans >= LEANS else None
            bare = None if bare and self._explained(bare) else bare
            return Resolution(self.text, unresolved=self._said(bare) if bare else "")
        if self.know.wanted(self.text, self.marks)[0][0] == "assistant":
            return Resolution(self.text)  # "thanks" asks nothing
        need = LEANS if pronoun and self._said(pronoun).lower() in EXPLETIVE else LEANS / 5
        named = [*self.own, *(m for m in self.marks if m.kind == "unknown")]
        compares = bool(named) and all(map(self._compared, named)) and leans >= LEANS / 5
        if compares:
            self.own = []  # "faster than Orca?" names what is compared, not what is asked about
        if self._starts("back"):
            pronoun = pronoun or ordinal
        elif self.own:
            if self._elliptic():
                return self._in_its_place()
            first = pronoun is not None and pronoun.start < self.own[0].start
            if not pronoun or leans < need or not (first or self._first("opener")):
                return Resolution(self.text)
        elif leans < (LEANS / 5 if pronoun or compares else LEANS) and not ordinal:
            return Resolution(self.text)
        subjects = self._meant(pronoun, ordinal)
        if not subjects:
            return Resolution(self.text, unresolved=self._said(pronoun) if pronoun else "")
        return self._with(pronoun or ordinal, subjects)

    # ---- what is said ----

    def _compared(self, mark: Mark) -> bool:
        before = [w for w in self.words if w.end <= mark.start]
        return bool(before) and "than" in before[-1].names and before[-1].end + 2 > mark.start

    def _said(self, mark: Mark) -> str:
        return self.text[mark.start : mark.end]

    def _first(self, kind: str) -> bool:
        return bool(self.words) and kind in self.words[0].names and self.words[0].start == self.marks[0].start

    def _starts(self, kind: str) -> bool:
        return any(kind in w.names for w in self.words[:3])

    def _pronoun(self) -> Mark | None:
        """The first pronoun that stands for something; "this survey" and "a method that needs ..." do not."""
        for mark in self.words:
            if "pronoun" in mark.names and not self._relative(mark):
                after = self.text[mark.end :].lstrip().lower()
                if not after.startswith(
                    ("survey", "paper", "review", "list", "综述", "论文", "列表", "文章")
                ):
                    return mark
        return None

    def _relative(self, mark: Mark) -> bool:
        """Whether "that" opens a clause on the noun before it: "a method that needs none"."""
        before = [token.text for token in tokens(self.text[: mark.start])[-2:]]
        if self._said(mark).lower() != "that" or not before:
            return False
        plural = before[-1].endswith("s") and before[-1] not in ("does", "is", "was", "has", "this")
        return plural or (len(before) > 1 and before[0] in DETERMINERS)

    def _explained(self, pronoun: Mark) -> bool:
        """Whether the question itself says what a pronoun stands for: in a clause before it, or after it
        ("what does it mean to ...")."""
        before, after = self.text[: pronoun.start].rstrip(), tokens(self.text[pronoun.end :])
        ends = any(mark in before for mark in ".!?;:,。！？；，") or " and " in before
        said = len(tokens(before)) >= SAID and ends
        to = next((n for n, token in enumerate(after[:SHORT]) if token.text in ("to", "that")), None)
        return said or (self._said(pronoun).lower() == "it" and to is not None and len(after) > to + 2)

    def _ordinal(self) -> Mark | None:
        return next((m for m in self.words if any(n.startswith("ordinal:") for n in m.names)), None)

    def _elliptic(self) -> bool:
        """Whether a question says little but its subject and an opener: "and for Gopher?", "LoRA 呢?" """
        idle = {"asking", "opener", "word", "and_", "by"}
        rest = [m for m in self.words if m.names - idle or m.names == {"word"}]
        rest = [m for m in rest if not m.names & {"opener", "meant"} and self._said(m) not in ("呢", "same")]
        latin = [t for t in tokens(self.text) if not is_han(t.text)]
        opened = self._first("opener") or self._starts("meant") or self.text.rstrip(MARKS).endswith("呢")
        return opened and not rest and len(latin) <= SHORT and len(self.text) < 60

    # ---- what is meant ----

    def named_in(self, turn: Turn) -> list[str]:
        """The subjects of a turn: what its question names, else what its answer was about."""
        asked = turn.resolved or turn.question
        marks = self.find(asked, self.know)
        named = [asked[m.start : m.end] for m in marks if m.kind in NAMING and m.kind != "quote"]
        general = all(m.kind == "category" for m in marks if m.kind in NAMING)
        if turn.subjects and general and self.know.wanted(asked, marks)[0][0] in FINDING:
            return list(
                turn.subjects
            )  # "which serving system predicts the length?" is about the one it found
        return list(dict.fromkeys(named)) or list(turn.subjects)

    def _meant(self, pronoun: Mark | None, ordinal: Mark | None) -> tuple[str, ...]:
        if self._starts("back"):
            first = self.named_in(self.history[0])
            early = [m for m in self.own if not pronoun or m.start < pronoun.start]
            return tuple(self._text_of(m) for m in early) if early and not ordinal else tuple(first[:1])
        if ordinal:
            number = next(int(n.partition(":")[2]) for n in ordinal.names if n.startswith("ordinal:"))
            for turn in reversed(self.history):
                listed = list(turn.subjects) if len(turn.subjects) > 1 else self.named_in(turn)
                if len(listed) >= max(number, 2):
                    return (listed[number - 1 if number > 0 else number],)
        several = pronoun is not None and "plural" in pronoun.names
        for turn in reversed(self.history):
            named = self.named_in(turn)
            if named:
                bare = len(named) > 1 and len(named) <= 3 and pronoun is None
                return tuple(named[:3] if several or bare else named[:1])
        before = self.history[-1].question
        return (before,) if pronoun is None and len(before) <= LONG else ()

    def _text_of(self, mark: Mark) -> str:
        return self.text[mark.start : mark.end]

    # ---- the question made to stand alone ----

    def _with(self, pronoun: Mark | None, subjects: Sequence[str]) -> Resolution:
        opened = self.words[0] if self._first("opener") and "pronoun" not in self.words[0].names else None
        start = opened.end if opened else 0
        bare = self.text[start:].lstrip(MARKS)
        if pronoun and pronoun.start >= start and len(subjects) == 1:
            owned = "'s" if self._said(pronoun).lower() in ("its", "their", "his", "her") else ""
            gap = "" if is_han(self._said(pronoun)[0]) else " "
            head = self.text[start : pronoun.start].lstrip(MARKS)
            gap = gap if head and not head.endswith(" ") else ""
            text = f"{head}{gap}{subjects[0]}{owned}{self.text[pronoun.end :]}"
            if is_han(self._said(pronoun)[0]) and subjects[0].isascii():
                text = f"{head} {subjects[0]} {self.text[pronoun.end :]}".strip()
            return Resolution(text, True, subjects=tuple(subjects))
        return Resolution(f"{bare.rstrip()} ({' / '.join(subjects)})", True, subjects=tuple(subjects))

    def _in_its_place(self) -> Resolution:
        """The question before with its subject replaced by the one named now."""
        turn = self.history[-1]
        before = turn.resolved or turn.question
        if len(before) > LONG:
            return Resolution(self.text)
        name = self._text_of(self.own[0])
        marks = [m for m in self.find(before, self.know) if m.kind in NAMING]
        same = [m for m in marks if m.kind == self.own[0].kind] or marks
        if not same:
            return Resolution(f"{before.rstrip(MARKS)} ({name})", True, subjects=(name,))
        mark = same[0]
        return Resolution(before[: mark.start] + name + before[mark.end :], True, subjects=(name,))
