"""The bibliography: entries by the places that citations link to, their parts, and the catalogue's papers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from surveyqa.documents import Document, Reference
from surveyqa.documents.layout import Line
from surveyqa.documents.links import Links
from surveyqa.documents.text import Placed, Words, join, string

_ARXIV = re.compile(r"arxiv(?:\.org)?[:/ ]\s*(?:abs/|pdf/)?(\d{4}\.\d{4,5})", re.I)
_URL = re.compile(r"https?://\S+")
_YEAR = re.compile(r"(?<![\d.:/])(19[5-9]\d|20[0-4]\d)[a-z]?(?![\d/])")
_AUTHORS_END = re.compile(r"(?<![\s.\-][A-Z])(?<!\bet al)(?<!\bJr)(?<!\bSt)[.]\s+(?=\S)|\bet al\.\s+(?=\S)")
_TITLE_END = re.compile(
    r"[.?!]\s+(?=In\b|[A-Z]|https?:)|,\s+(?=(?:19|20)\d\d[a-z]?\b)|[.,]\s+(?=arXiv|URL\b)"
)
_NUMBERED = re.compile(r"\[(\d+|[A-Za-z+]+\d{2,4}[a-z]?)\]\s*|(\d{1,3})\.\s+(?=[A-Z])")
_ALIKE = 0.94  # of the letters of two titles, in order; below, "Part I" and "Part II" begin to meet


def read_references(
    lines: Sequence[Line], places: Mapping[tuple[int, int, int], str], links: Links, words: Words
) -> tuple[list[Reference], dict[str, str]]:
    """The entries in `lines`, and the key of the entry at each named place.

    places: (page, x, y) -> name of the destination there. Without places, entries are parted by their
    hanging indent or their numbers, and keyed by the number or "ref-12".
    """
    starts = _starts(lines, places)
    entries = _by_place(lines, starts) if starts else _by_shape(lines)
    found: list[Reference] = []
    keys: dict[str, str] = {}
    for name, entry in entries:
        chars = join(entry, words, links)
        if not chars:
            continue
        text = string(chars)
        label = _NUMBERED.match(text)
        key = name.removeprefix("cite.") or (label.group(1) or label.group(2) if label else "")
        key = key or f"ref-{len(found) + 1}"
        found.append(_parts(key, chars[label.end() :] if label else chars, entry[0].page, links))
        keys[name] = key
    return found, keys


def _starts(lines: Sequence[Line], places: Mapping[tuple[int, int, int], str]) -> dict[int, str]:
    """Index of an entry's first line -> name of the place: the first line below it."""
    found: dict[int, str] = {}
    pages = {line.page for line in lines}
    for (page, x, y), name in places.items():
        if page not in pages or not (name.startswith("cite.") or re.search(r"ref|bib|cit", name, re.I)):
            continue
        below = [
            (y - line.y, index)
            for index, line in enumerate(lines)
            if line.page == page and -2 < y - line.y < 30 and (x <= line.x0 + 5 or x == 0)
        ]
        if below:
            found[min(below)[1]] = name
    return found


def _by_place(lines: Sequence[Line], starts: Mapping[int, str]) -> list[tuple[str, list[Line]]]:
    entries: list[tuple[str, list[Line]]] = []
    for index, line in enumerate(lines):
        if index in starts:
            entries.append((starts[index], [line]))
        elif entries:
            entries[-1][1].append(line)
    return entries


def _by_shape(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    numbered = sum(bool(_NUMBERED.match(line.plain)) for line in lines) >= max(2, 0.08 * len(lines))
    entries: list[tuple[str, list[Line]]] = []
    left = min((line.x0 for line in lines), default=0.0)
    for line in lines:
        first = bool(_NUMBERED.match(line.plain)) if numbered else line.x0 < left + 3
        if first or not entries:
            entries.append(("", [line]))
        else:
            entries[-1][1].append(line)
    return entries


def _parts(key: str, chars: Sequence[Placed], page: int, links: Links) -> Reference:
    text = string(chars)
    arxiv = _ARXIV.search(text)
    addresses = [links.uri(item.page, item.glyph) for item in chars if item.glyph is not None]
    printed = _URL.search(text)
    url = next((uri for uri in addresses if uri), None) or (printed.group().rstrip(".,") if printed else None)
    authors, title = _authors_and_title(chars)
    head = re.split(r"\bURL\b|https?://", text)[0] or text
    years = _YEAR.findall(_ARXIV.sub("", head)) or _YEAR.findall(_ARXIV.sub("", text))
    return Reference(
        key,
        text,
        title,
        authors,
        int(years[-1]) if years else None,
        arxiv.group(1) if arxiv else None,
        url,
        page,
    )


def _authors_and_title(chars: Sequence[Placed]) -> tuple[str, str]:
    """Authors end at the first full stop that ends no initial; the title where the venue's italics begin."""
    text = string(chars)
    quoted = re.search(r"[“\"]([^”\"]{8,})[”\"]", text[:2000])
    if quoted and quoted.start() < 1500:
        return text[: quoted.start()].strip(" ,."), quoted.group(1).strip(" ,.")
    end = _AUTHORS_END.search(text)
    if end is None:
        return "", text.strip(" .")
    authors, start = text[: end.start()].strip(), end.end()
    slanted = next(
        (
            offset
            for offset in range(start, len(chars))
            if (glyph := chars[offset].glyph) is not None
            and not glyph.math
            and re.search("ital|oblique|slant", glyph.font, re.I)
        ),
        None,
    )
    plain = _TITLE_END.search(text, start)
    if slanted is not None and slanted > start + 3:
        title = re.sub(r"[.,]?\s+In:?(\s+[A-Z][^.]*\(eds?\.\),?)?\s*$", "", text[start:slanted].rstrip())
        year = re.search(r"[.,]\s+(?:19|20)\d\d[a-z]?\b", title)
        title = title[: year.start()] if year else title
    elif plain is not None:
        title = text[start : plain.start() + (text[plain.start()] in "?!")]
    else:
        title = text[start:]
    return authors, title.strip(" .,")


def link_references(
    document: Document, titles: Mapping[str, str], arxiv_ids: Mapping[str, str] | None = None
) -> Document:
    """`document` with `paper` of its references set to the catalogue's key of the same title.

    titles: key -> title; arxiv_ids: key -> arXiv id. Titles are compared on letters and digits. One that
    is not the same needs the same numbers and nearly the same letters; an arXiv id alone is no proof,
    since lists and bibliographies both print wrong ones, so it needs half of the title's words too.
    """
    exact = {_letters(title): key for key, title in titles.items() if title}
    by_id: dict[str, list[str]] = {}
    for key, number in (arxiv_ids or {}).items():
        by_id.setdefault(number.split("v")[0], []).append(key)
    linked = tuple(
        replace(item, paper=_paper(item, exact, titles, by_id) or item.paper) for item in document.references
    )
    return replace(document, references=linked)


def _paper(
    item: Reference, exact: Mapping[str, str], titles: Mapping[str, str], by_id: Mapping[str, Iterable[str]]
) -> str | None:
    name = _letters(item.title)
    if not name:
        return None
    if name in exact:
        return exact[name]
    for key in by_id.get(item.arxiv_id or "", ()):
        if _overlap(titles.get(key, ""), item.title) >= 0.5:
            return key
    scored = [(_alike(item.title, titles[candidate]), candidate) for candidate in exact.values()]
    score, key = max(scored, default=(0.0, ""))
    return key if score > 0 else None


def _alike(first: str, second: str) -> float:
    """Above 0 if two titles name one work: the higher, the surer. Numbers must be the same.

    The same letters but for a plural or a misprint; the same words in another order; the same subtitle
    under another name ("OPTQ: ..." and "GPTQ: ...", or no name); the same name over a reworded subtitle.
    """
    one, two = _letters(first), _letters(second)
    name_one, _, sub_one = first.rpartition(": ")
    name_two, _, sub_two = second.rpartition(": ")
    subs = _letters(sub_one), _letters(sub_two)
    if subs[0] == subs[1] and len(subs[0]) >= 30:
        return 0.95
    if _digits(first) != _digits(second):
        return 0.0
    words_one, words_two = _word_set(first), _word_set(second)
    common = len(words_one & words_two) / max(1, len(words_one | words_two))
    if common >= 0.8 and min(len(words_one), len(words_two)) >= 6:
        return common
    if name_one and name_two and _letters(name_one) == _letters(name_two) and len(_letters(name_one)) > 3:
        rest = _overlap(sub_one, sub_two)
        return 0.9 * rest if rest >= 0.5 else 0.0
    if abs(len(one) - len(two)) > 0.15 * len(one) or min(len(one), len(two)) < 12:
        return 0.0
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) <= _ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio > _ALIKE else 0.0


def _digits(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text))


@cache
def _word_set(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


@cache
def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def _overlap(first: str, second: str) -> float:
    """Shared words over the words of the shorter title."""
    one, two = _word_set(first), _word_set(second)
    return len(one & two) / max(1, min(len(one), len(two)))
