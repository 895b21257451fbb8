"""Stage *generate*: what a language model writes from numbered passages, checked before anyone reads it.

    tokens -> sentences with citations -> check against the cited passages -> release

A sentence is released when a passage that the model saw carries it by the rules of `surveyqa.claims`; its
citations are then the passages that carry it, no other. One that no passage carries is asked for once more,
else left out and counted. If nothing is left, the extractive answer takes its place and says so.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

from surveyqa.answering.contract import (
    Answer,
    Check,
    Done,
    Event,
    Sentence,
    SentenceReady,
    Source,
    Stage,
    sentences_of,
)
from surveyqa.answering.passages import LEANS, Passage
from surveyqa.claims import across, best_sentence, check
from surveyqa.errors import LLMError
from surveyqa.index.chunks import Chunk
from surveyqa.models import prompts
from surveyqa.models.llm import Model, Usage, is_overflow, tokens_of
from surveyqa.text.folding import language_of
from surveyqa.text.screening import planted, screen
from surveyqa.text.sentences import sentence_spans
from surveyqa.understand.reading import Reading

MAX_NEW = 700  # tokens of a reply
MAX_SENTENCES = 12  # released
MAX_BAD = 8  # sentences left out before the rest is not worth waiting for
MAX_REPAIRS = 2
MAX_PENDING = 1500  # characters without an end of a sentence

Language = Literal["en", "zh"]
MakeSource = Callable[[int, Passage, int, int], Source]
PageSpans = Callable[[Chunk, int, int], list[tuple["int | None", int, int]]]
Place = tuple[int, "int | None"]  # a passage and a page of it: what one source shows

NO_ANSWER = {
    "en": "The survey does not say.",
    "zh": "综述没有说明这一点。",
}


# ---- reading the stream ---------------------------------------------------------------------------

_MARK = re.compile(
    r"[\[【]\s*\^?(?:passages?\s*)?\d+(?:\s*[,;，、–-]\s*\d+)*\s*(?:†[^\]】]{0,20})?[\]】]", re.I
)
_LEADING = re.compile(rf"\s*(?:{_MARK.pattern}\s*)+[.。]?", re.I)
_UNBEGUN = re.compile(
    r"\s*(?:[\[【][^\]】]{0,30})?"
)  # a sentence that has not begun, or a mark that has not ended
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S)
_OPEN_THOUGHT = re.compile(r"<think(?:ing)?>.*\Z", re.S)


class SentenceReader:
    """Cuts a stream into sentences, each with the marks behind it.

    >>> reader = SentenceReader()
    >>> reader.feed("It is fast [1]. It is ") + reader.feed("small. [2]\\nEnd")
    ['It is fast [1].', 'It is small. [2]']
    >>> reader.rest()
    'End'
    """

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Sentences that are complete now: the next one has begun."""
        self._text = _THOUGHT.sub("", self._text + piece)
        thought = _OPEN_THOUGHT.search(self._text)
        visible = self._text[: thought.start()] if thought else self._text
        hidden = self._text[len(visible) :]
        visible = re.sub(r"([.!?。！？])(?=[\[【]\s*\d)", r"\1 ", visible)
        parts = _split(visible)
        done = parts[:-1]
        last = parts[-1] if parts else ""
        if len(last) > MAX_PENDING:  # no sentence is that long
            done, last = [*done, last], ""
        self._text = last + hidden
        return [d.strip() for d in done if d.strip()]

    def rest(self) -> str:
        """What stands behind the last complete sentence."""
        text, self._text = _OPEN_THOUGHT.sub("", self._text).strip(), ""
        return text


def _split(text: str) -> list[str]:
    """Pieces of `text` that join to it again; marks go with the sentence before them."""
    cuts = sorted({a for a, _ in sentence_spans(text)} | {m.end() for m in re.finditer(r"[！？]", text)})
    pieces = (
        [text[a:b] for a, b in zip([0, *cuts[1:]], [*cuts[1:], len(text)], strict=True)] if cuts else [text]
    )
    out: list[str] = []
    for piece in pieces:
        leading = _LEADING.match(piece) if out and not out[-1].endswith("\n") else None
        if leading:
            out[-1] += piece[: leading.end()]
            piece = piece[leading.end() :]
        if piece:
            out.append(piece)
    while len(out) > 1 and _UNBEGUN.fullmatch(out[-1]):
        out[-2:] = ["".join(out[-2:])]
    return out


@dataclass(frozen=True)
class Written:
    """A sentence as the model wrote it: text without marks, (offset, numbers) of each mark, 1-based."""

    text: str
    marks: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(n for _, numbers in self.marks for n in numbers))


_BULLET = re.compile(r"^\s*(?:[-*•·]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)+")
_YES = re.compile(r"^(?:yes|no|sure|certainly|indeed|correct|是的|不是|不|对)\s*[,，:：.!。]\s*", re.I)


def parse_sentence(raw: str) -> Written:
    """Parts a raw sentence into text and marks; Markdown's signs and a leading yes or no are dropped."""
    raw = "".join(
        c for c in unicodedata.normalize("NFC", raw) if c == "\n" or unicodedata.category(c)[0] != "C"
    )
    raw = _YES.sub("", re.sub(r"\*\*|__|`", "", _BULLET.sub("", " ".join(raw.split()))))
    text, marks, at = "", [], 0
    for match in _MARK.finditer(raw):
        text += raw[at : match.start()]
        at = match.end()
        marks.append((len(text.rstrip()), _numbers(match.group())))
    text += raw[at:]
    text = re.sub(r"\s+([.,;:!?。，；：！？)])", r"\1", " ".join(text.split()))
    return Written(text, tuple(marks))


def _numbers(mark: str) -> tuple[int, ...]:
    mark = mark.split("†")[0]
    span = re.fullmatch(r"\D*(\d{1,3})\s*[–-]\s*(\d{1,3})\D*", mark)
    if span and 0 <= int(span[2]) - int(span[1]) < 10:
        return tuple(range(int(span[1]), int(span[2]) + 1))
    return tuple(int(n) for n in re.findall(r"\d{1,6}", mark))


# ---- judging a sentence ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """Whether a sentence may be shown. carriers: places in the evidence that carry it; reason: why not.

    label: "partial" for a Chinese sentence over English passages, of which numbers, names, direction, terms
    can be compared and the rest cannot.
    """

    carriers: tuple[int, ...]
    reason: str = ""
    label: Check = "supported"  # what is shown with it
    hopeless: bool = False  # not worth asking again

    @property
    def supported(self) -> bool:
        return bool(self.carriers)


SHARE = 0.7  # of a sentence's content that must stand in one or two sentences of its passage
_LABELS: tuple[Check, ...] = ("supported", "partial")


class Evidence:
    """The passages as the model sees them, and what can be told of a sentence from them."""

    def __init__(self, passages: Sequence[Passage], glossary: Mapping[str, str] | None = None) -> None:
        """glossary: Chinese to English, for Chinese sentences over English passages."""
        self.passages = tuple(passages)
        self.glossary = glossary or {}
        screened = [screen(p.chunk.text, p.chunk.sentences) for p in passages]
        self.texts = tuple(text for text, _ in screened)
        self.blanked = sum(n for _, n in screened)

    def blocks(self, numbers: Sequence[int] | None = None) -> list[prompts.Block]:
        """Blocks of a prompt; number n is passage n - 1."""
        wanted = range(len(self.texts)) if numbers is None else numbers
        return [
            prompts.Block(i + 1, self.passages[i].chunk.context, _fold(self.texts[i]))
            for i in wanted
            if self.texts[i].strip()
        ]

    def judge(self, written: Written, before: str = "", seen: Sequence[int] | None = None) -> Judged:
        """Whether the passages carry a sentence; `before` is the sentence released before it."""
        ids = range(len(self.texts)) if seen is None else seen
        why = unfit(written.text)
        if why:
            return Judged((), why, hopeless=True)
        cited = [n - 1 for n in written.numbers if n - 1 in ids]
        reasons: dict[int, str] = {}
        alone = [(n, self._carries(written.text, n, before, reasons)) for n in cited]
        for label in _LABELS:
            if carriers := tuple(n for n, found in alone if found == label):
                return Judged(carriers, label=label)
        if len(cited) > 1 and self._together(written, cited, before):
            return Judged(tuple(cited))
        foreign = language_of(written.text) == "zh"  # whether a passage is about it cannot be told
        if any(n in reasons and (foreign or _bears(written.text, self.texts[n], 0.6)) for n in cited):
            return Judged(
                (), next(reasons[n] for n in cited if n in reasons)
            )  # it is about this, and says otherwise
        others = [(n, self._carries(written.text, n, before, reasons)) for n in ids if n not in cited]
        for label in _LABELS:
            if carriers := tuple(n for n, found in others if found == label):
                return Judged(carriers[:1], label=label)
        reason = next((reasons[n] for n in cited if reasons.get(n)), "")
        return Judged((), reason or ("no passage states it" if cited else "no passage is cited"))

    def _carries(self, text: str, n: int, before: str, reasons: dict[int, str]) -> Check | None:
        """How passage `n` carries `text`, None where it does not; why not goes to `reasons`.

        It must hold against the passage and against one or two of its sentences: what is said of a method is
        not to be put together from what is said of several.
        """
        if not self.texts[n].strip():
            return None
        label, why = self._label(text, self.texts[n], n)
        whole = resolve(text, before)
        if label and whole != text:
            verdict = check(whole, self.texts[n], context=self.passages[n].chunk.context)
            if verdict.label == "contradicted":
                label, why = None, "; ".join(verdict.reasons[:2])
        if label and self.window(text, n) is None:
            label, why = None, "no sentence of the passage states it"
        if label is None:
            reasons[n] = why
        return label

    def _label(self, text: str, passage: str, n: int, share: float = 0.0) -> tuple[Check | None, str]:
        """How a text carries a sentence, at least by this share of its content; and why not."""
        context = self.passages[n].chunk.context
        if language_of(text) != "zh":
            verdict = check(text, passage, context=context)
            good = verdict.label == "supported" and verdict.score >= share
            return ("supported" if good else None), "; ".join(verdict.reasons[:2])
        verdict = check(across.neutral(text), passage, context=context)
        if verdict.label == "supported":
            return "supported", ""
        if any("compared across languages" not in reason for reason in verdict.reasons):
            return None, "; ".join(verdict.reasons[:2])
        why = across.departs(text, passage)
        if not why and not across.same_terms(text, f"{passage} {context}", self.glossary):
            why = "addition: the passage has other terms"
        return (None if why else "partial"), why

    def window(self, text: str, n: int) -> tuple[int, int] | None:
        """(start, end) of the one or two sentences of passage `n` that carry `text`, None without."""
        spans = [(a, b) for a, b in self.passages[n].chunk.sentences if self.texts[n][a:b].strip()]
        for size in (1, 2):
            for i in range(len(spans) - size + 1):
                a, b = spans[i][0], spans[i + size - 1][1]
                if size == 2 and not LEANS.match(self.texts[n][spans[i + 1][0] : b]):
                    continue  # two sentences of their own
                if self._label(text, self.texts[n][a:b], n, SHARE)[0]:
                    return a, b
        return None

    def _together(self, written: Written, cited: Sequence[int], before: str) -> bool:
        """Whether several passages carry a sentence together: the whole, and each part by its mark."""
        joined = "\n".join(self.texts[n] for n in cited)
        context = "; ".join(self.passages[n].chunk.context for n in cited)
        if check(written.text, joined, context=context).label != "supported":
            return False
        parts, at = [], 0
        for offset, numbers in written.marks:
            if offset > at:
                parts.append((written.text[at:offset], [n - 1 for n in numbers if n - 1 in cited]))
                at = offset
        if len(parts) < 2:  # all marks stand together: which part is whose cannot be told
            return all(_bears(written.text, self.texts[n]) for n in cited)
        return all(
            any(self._carries(text.strip(" ,;"), n, before, {}) for n in ids) for text, ids in parts if text
        )

    def span(self, text: str, n: int) -> tuple[int, int]:
        """(start, end) of what is quoted for `text` from passage `n`: its window, else the nearest one."""
        found = self.window(text, n)
        if found:
            return found
        chunk = self.passages[n].chunk
        near = best_sentence(text, [self.texts[n][a:b] for a, b in chunk.sentences])
        return chunk.sentences[near[0] if near else self.passages[n].best]


def _bears(text: str, passage: str, share: float = 0.33) -> bool:
    """Whether a passage has to do with a sentence: it has this share of the longer words."""
    words = set(re.findall(r"[a-z0-9]{4,}|[\u4e00-\u9fff]{2}", text.lower()))
    return not words or sum(w in passage.lower() for w in words) >= share * len(words)


_FORBIDDEN = re.compile(
    r"https?://|www\.|\bmailto:|!\[|\]\(|<[/a-z!|]|\bas an? (?:AI|(?:large )?language model)\b"
    r"|(?-i:^I\b(?!\.)|\bI(?:'m|'ve|'ll| (?:am|can|cannot|will|have|do|would|think|said|need|must))\b)"
    r"|\bmy (?:instructions|prompt|knowledge|answer)\b"
    r"|\b(?:click|visit|download|subscribe|buy now)\b.{0,30}\b(?:here|link|site|page|at)\b",
    re.I,
)


def unfit(text: str) -> str:
    """Why a sentence may not be shown whatever the passages say; '' where it may."""
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    if han < 4 and len(re.findall(r"\w+", text)) < 3:
        return "no sentence"
    if prompts.REFUSAL.casefold() in text.casefold():
        return "refusal"
    if text.endswith((":", "：")) or text.endswith(("?", "？")):
        return "no statement"
    if _FORBIDDEN.search(text):
        return "a link, markup, or the model speaking of itself"
    if planted(text):
        return "an order"
    if leaked(text):
        return "the prompt"
    if len(text) > MAX_PENDING:
        return "too long"
    return ""


def leaked(text: str) -> bool:
    """Whether eight words in a row are of a prompt."""
    words = re.findall(r"\w+", text.lower())
    own = [" ".join(re.findall(r"\w+", p.lower())) for p in prompts.every_instruction()]
    runs = (" ".join(words[i : i + 8]) for i in range(max(0, len(words) - 7)))
    return any(run in prompt for run in runs for prompt in own)


_PRONOUN = re.compile(
    r"^(?:it|this (?:method|approach|technique|model|framework|system)|the (?:method|approach))\b(?!'s)", re.I
)
_SUBJECT = re.compile(r"^(?:The\s+)?((?:[A-Z][\w.+-]*|[a-z]?[A-Z]+[\w.+-]*)(?:\s+(?:[A-Z][\w.+-]*))*)")


def resolve(text: str, before: str) -> str:
    """`text` with a leading "it" replaced by the name that the sentence before begins with, if it does."""
    pronoun = _PRONOUN.match(text)
    subject = _SUBJECT.match(before)
    if not pronoun or not subject or LEANS.match(before) or not re.search(r"[A-Z].*[A-Z]|\d", subject[1]):
        return text
    return subject[1] + text[pronoun.end() :]


# ---- writing --------------------------------------------------------------------------------------


def write(
    reading: Reading,
    passages: Sequence[Passage],
    fallback: Answer,
    model: Model,
    source: MakeSource,
    page_spans: PageSpans,
    glossary: Mapping[str, str] | None = None,
) -> Iterator[Event]:
    """Events of an answer that `model` writes from `passages`; always ends in Done.

    fallback: the extractive answer of the same passages. source: makes source n of a
    passage and the (start, end) of what is quoted from it. page_spans: (page, start, end) of each page's part
    of a span.
    """
    started = perf_counter()
    job = _Job(
        reading.text,
        reading.language,
        Evidence(passages, glossary),
        model,
        source,
        page_spans,
        Usage(),
    )
    yield Stage("writing", model.label)
    error: LLMError | None = None
    first: float | None = None
    try:
        for event in job.run():
            if first is None and isinstance(event, SentenceReady):
                first = perf_counter()
            yield event
    except LLMError as caught:
        error = caught
    answer = job.answer(fallback, error)
    if not job.sentences:
        yield from sentences_of(answer)
    done = perf_counter()
    timings = {**fallback.timings_ms, "model": _ms(job.usage.waited), "write": _ms(done - started)}
    if first is not None:
        timings["first_sentence"] = _ms(first - started)
    yield Done(replace(answer, timings_ms=timings))


class _Job:
    """One answer in the making."""

    def __init__(
        self,
        question: str,
        language: Language,
        evidence: Evidence,
        model: Model,
        source: MakeSource,
        page_spans: PageSpans,
        usage: Usage,
    ) -> None:
        self.question, self.language = question, language
        self.model, self.usage, self.source, self.page_spans = model, usage, source, page_spans
        self.evidence = evidence
        self.seen: list[int] = []  # passages in the prompt
        self.places: dict[Place, tuple[int, int]] = {}  # what is quoted, in the order of first citation
        self.sentences: list[Sentence] = []
        self.dropped = self.repaired = self.repairs = 0
        self.refused = self.cut = False
        self._keys: dict[str, int] = {}

    def run(self) -> Iterator[Event]:
        """Asks, with fewer passages where they do not fit, and releases what holds. Raises LLMError."""
        self.seen = [b.number - 1 for b in self.evidence.blocks()]
        while self._size() > self.model.window - MAX_NEW and len(self.seen) > 1:
            self.seen.pop()
        while True:
            try:
                yield from self._read(self.model.stream(self._messages(), MAX_NEW, self.usage))
                return
            except LLMError as error:
                if not is_overflow(error) or len(self.seen) <= 1 or self.sentences:
                    raise
                self.seen = self.seen[: len(self.seen) // 2]

    def _messages(self) -> tuple[prompts.Message, ...]:
        blocks = self.evidence.blocks(self.seen)
        return prompts.answer(self.question, blocks, token_for(blocks), self.language)

    def _size(self) -> int:
        return sum(tokens_of(m.content) for m in self._messages())

    def _read(self, pieces: Iterator[str]) -> Iterator[Event]:
        reader = SentenceReader()
        try:
            for piece in pieces:
                for raw in reader.feed(piece):
                    yield from self._take(raw)
                    if self._enough():
                        return
            self.cut = self.usage.cut
            rest = reader.rest()
            if rest and not self.cut:
                yield from self._take(rest)
        finally:
            close = getattr(pieces, "close", None)
            if close:
                close()

    def _enough(self) -> bool:
        again = max(self._keys.values(), default=0)
        return len(self.sentences) >= MAX_SENTENCES or self.dropped >= MAX_BAD or again >= 3

    def _take(self, raw: str) -> Iterator[Event]:
        written = parse_sentence(raw)
        key = "".join(c for c in written.text.casefold() if c.isalnum())
        self._keys[key] = self._keys.get(key, 0) + 1
        if self._keys[key] > 1:
            return
        judged = self.evidence.judge(written, self._before, self.seen)
        if judged.reason in ("refusal", "no sentence", "no statement"):
            self.refused = self.refused or judged.reason == "refusal"
            return
        if not judged.supported and not judged.hopeless and self.repairs < MAX_REPAIRS:
            self.repairs += 1
            yield Stage("checking", "asking again for a sentence that its source does not state")
            again = self._repair(written, judged.reason)
            if again is not None:
                written, judged = again
                self.repaired += 1
            yield Stage("writing", self.model.label)
        if not judged.supported:
            self.dropped += 1
            return
        yield self._release(written.text, judged)

    @property
    def _before(self) -> str:
        return self.sentences[-1].text if self.sentences else ""

    def _repair(self, written: Written, reason: str) -> tuple[Written, Judged] | None:
        cited = [n - 1 for n in written.numbers if n - 1 in self.seen][:2] or self.seen[:2]
        blocks = self.evidence.blocks(cited)
        messages = prompts.repair(written.text, reason[:200], blocks, token_for(blocks), self.language)
        try:
            reply = self.model.complete(messages, MAX_NEW // 3, self.usage)
        except LLMError:
            return None  # the stream of the answer may still be good
        reader = SentenceReader()
        raw = next(iter([*reader.feed(reply), reader.rest()]), "")
        new = parse_sentence(raw)
        judged = self.evidence.judge(new, self._before, cited)
        return (new, judged) if judged.supported else None

    def _release(self, text: str, judged: Judged) -> SentenceReady:
        if not text.endswith((".", "!", "。", "！", ".”", '."', ".)")):
            text = text.rstrip(",;:，；：") + ("。" if re.search(r"[\u4e00-\u9fff]$", text) else ".")
        its: list[Place] = []
        for n in judged.carriers:
            for page, a, b in self.page_spans(self.evidence.passages[n].chunk, *self.evidence.span(text, n)):
                old = self.places.get((n, page), (a, b))
                self.places[n, page] = (min(a, old[0]), max(b, old[1]))
                its.append((n, page))
        order = list(self.places)
        sentence = Sentence(text, tuple(order.index(place) + 1 for place in its), judged.label)
        self.sentences.append(sentence)
        return SentenceReady(sentence, tuple(self._source(order.index(place) + 1, place) for place in its))

    def _source(self, number: int, place: Place) -> Source:
        return self.source(number, self.evidence.passages[place[0]], *self.places[place])

    def answer(self, fallback: Answer, error: LLMError | None) -> Answer:
        """What came of it: the released sentences, a refusal, or the extractive answer with a note."""
        notes = list(fallback.notes)
        if self.evidence.blanked:
            notes.append(
                f"{_n(self.evidence.blanked, 'sentence')} of the sources spoke to a language model: not read."
            )
        engine = replace(
            fallback.engine,
            prompt_tokens=self.usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens,
            cost_usd=self.usage.cost,
            repaired=self.repaired,
            dropped=self.dropped,
        )
        if not self.sentences and not (self.refused and not error):
            why = (
                f"{str(error).rstrip('.')}."
                if error
                else "Nothing that the language model wrote held against the sources."
            )
            notes.append(f"{why} This is the extractive answer.")
            return replace(fallback, engine=engine, notes=tuple(notes))
        engine = replace(engine, generator=self.model.label)
        if error or self.cut:
            why = str(error) if error else f"{self.model.label} stopped before its end"
            notes.append(f"{why.rstrip('.')}. The answer may lack its last part.")
        if self.dropped:
            notes.append(
                f"{_n(self.dropped, 'sentence')} of the language model left out: no source supports it."
            )
        if not self.sentences:
            return replace(
                fallback,
                status="no_answer",
                text=NO_ANSWER[self.language],
                sentences=(),
                papers=(),
                total=None,
                engine=engine,
                notes=tuple(notes),
            )
        for n, passage in enumerate(self.evidence.passages):  # what was read but not cited comes after
            if len(self.places) < len(fallback.sources) and not any(m == n for m, _ in self.places):
                page, a, b = self.page_spans(passage.chunk, *passage.chunk.sentences[passage.best])[0]
                self.places[n, page] = (a, b)
        return replace(
            fallback,
            status="answered",
            text=joined(self.sentences),
            sentences=tuple(self.sentences),
            sources=tuple(self._source(i, place) for i, place in enumerate(self.places, 1)),
            suggestions=(),
            engine=engine,
            notes=tuple(notes),
        )


def joined(sentences: Sequence[Sentence]) -> str:
    """Sentences as a reader sees them, with [1] marks."""
    return " ".join(s.text + "".join(f" [{c}]" for c in s.citations) for s in sentences)


def token_for(blocks: Sequence[prompts.Block]) -> str:
    """A delimiter's token that no passage can know or hold."""
    while True:
        token = secrets.token_hex(8)
        if not any(token in b.text or token in b.place for b in blocks):
            return token


def _fold(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _n(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
