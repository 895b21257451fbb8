"""What a question takes for granted, as a statement in English, for the check against the evidence.

"Why does LoRA update the original matrix?" presumes "LoRA updates the original matrix". English word order is
enough for it: an auxiliary goes back behind its subject. "" where nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Sequence

from surveyqa.text.folding import is_han
from surveyqa.text.sentences import sentence_spans
from surveyqa.understand.reading import Subject

WH = {"why", "how", "when", "where", "which", "what", "who", "whose", "whom"}
DO = {"does": "s", "do": "", "did": "s"}
BE = {"is", "are", "was", "were", "has", "have", "had", "can", "could", "must", "should", "will", "would"}
NOTHING = {"much", "many", "come", "about", "to", "long", "far"}
ENDS = ("in", "on", "of", "for", "with", "by", "to", "at", "from", "as")


def presumed(text: str, english: str, subjects: Sequence[Subject]) -> str:
    """text: the question; english: it in English; subjects: what it names, in order."""
    if any(map(is_han, text)):
        return _of_chinese(english) if subjects else ""
    sentences = [english[a:b].strip() for a, b in sentence_spans(english)] if english else []
    statements = [s for s in sentences if not s.endswith("?") and len(s.split()) > 2 and not _asks(s)]
    statements = [s for s in statements if not s.startswith("(") and _says_of(s, subjects)]
    asked = next((s for s in reversed(sentences) if s.endswith("?") or _asks(s)), "")
    own = _statement(asked.rstrip(" ?.!"), subjects)
    return " ".join([*(s.rstrip(".") + "." for s in statements), *([own + "."] if own else [])])


def _of_chinese(english: str) -> str:
    """The terms of a Chinese question without those that ask: the check compares terms, not grammar."""
    asking = {"why", "how", "which", "what", "who", "many", "number", "method", "approach", "reason", "year"}
    words = [word for word in english.split() if word.lower() not in asking]
    return f"{' '.join(words)}." if len(words) > 3 else ""


def _says_of(sentence: str, subjects: Sequence[Subject]) -> bool:
    """Whether a sentence says something of what is named; "I have one GPU" does not."""
    return any(subject.name.lower() in sentence.lower() for subject in subjects)


def _asks(sentence: str) -> bool:
    return sentence.split(" ")[0].lower().strip(",") in WH | {"explain", "tell", "give", "list", "summarize"}


def _statement(asked: str, subjects: Sequence[Subject]) -> str:
    words = asked.split()
    at = next((n for n, word in enumerate(words) if word.lower() in WH), None)
    if at is None:
        return ""
    wh, rest = words[at].lower(), words[at + 1 :]
    if wh == "how" and rest[:1] == ["come"]:
        return " ".join(rest[1:])
    verb = next((n for n, word in enumerate(rest) if word.lower() in DO or word.lower() in BE), None)
    if verb is None or not rest:
        # "which method predicts the length": the noun is the subject
        return "" if wh not in ("who", "which", "what") or len(rest) < 3 else f"Some {' '.join(rest)}"
    head, auxiliary, tail = rest[:verb], rest[verb].lower(), rest[verb + 1 :]
    if wh in ("what", "who") and verb == 0 and auxiliary in BE:
        return ""  # "what is LoRA?" takes nothing for granted
    if not tail or (wh == "how" and head and head[0].lower() in NOTHING and len(tail) < 2):
        return ""
    size = _subject_length(" ".join(tail), tail, subjects)
    while size < len(tail) and tail[size].lower() == "of":  # "a block of the original Mamba"
        size += 1 + max(_subject_length(" ".join(tail[size + 1 :]), tail[size + 1 :], subjects), 1)
        inner = next((n for n in range(size, min(size + 3, len(tail))) if _named(tail[n], subjects)), None)
        size = inner + 1 if inner is not None else size
    subject, predicate = tail[:size], tail[size:]
    if not predicate:
        return ""
    if auxiliary in DO:
        predicate = [_finite(predicate[0], DO[auxiliary]), *predicate[1:]]
    else:
        predicate = [auxiliary, *predicate]
    thing = " ".join(head) if wh in ("which", "what", "whose") and head else ""
    if wh == "how" and head and head[0].lower() in ("many", "much"):
        thing = " ".join(head[1:])
    if thing and predicate[-1].lower() not in ENDS:
        place = next((n for n, word in enumerate(predicate) if n and word.lower() in ENDS), len(predicate))
        predicate = [*predicate[:place], thing, *predicate[place:]]
    elif thing:
        predicate = [*predicate, thing]
    return " ".join([*subject, *predicate])


def _subject_length(said: str, words: Sequence[str], subjects: Sequence[Subject]) -> int:
    """How many words the subject has: the name it begins with, else up to the noun after an article."""
    if not words:
        return 0
    names = [s.name for s in subjects] + [form for s in subjects for form in s.forms]
    plain = said.lower().replace("-", " ")
    for name in sorted(names, key=len, reverse=True):
        start = name.lower().replace("-", " ")
        if plain.startswith(start + " "):
            return next((n for n in range(1, len(words) + 1) if len(" ".join(words[:n])) >= len(start)), 1)
    return (
        2 if words[0].lower() in ("the", "a", "an", "its", "their", "this", "our") and len(words) > 2 else 1
    )


def _named(word: str, subjects: Sequence[Subject]) -> bool:
    return any(word.strip(",").lower() == subject.name.lower() for subject in subjects)


def _finite(verb: str, ending: str) -> str:
    if not ending or (verb.endswith("s") and ending == "s" and not verb.endswith("ss")):
        return verb
    if ending == "s":
        if verb == "have":
            return "has"
        return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    return verb
