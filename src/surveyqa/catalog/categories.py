"""The list's categories by any name: other spellings, plurals, hyphens, typos, Chinese names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from surveyqa.catalog.parsing import CategoryPath, Taxonomy

_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_SPLIT = re.compile(r"^(pre|fine|multi|co|post)(?=train|tun|step|design|quanti)")
_SHORT = {
    "ft": "fine tuning", "sft": "supervised fine tuning", "info": "information", "quant": "quantization",
    "optim": "optimization", "arch": "architecture", "init": "initialization", "attn": "attention",
    "ctx": "context", "algo": "algorithm", "hw": "hardware", "distill": "distillation",
}  # fmt: skip
_EMPTY = frozenset(
    word
    for line in (
        "a an the of for and or in on with to based llm llms method methods technique techniques approach",
        "approaches strategy strategies paper papers category section topic area work works",
    )
    for word in line.split()
)


@dataclass(frozen=True)
class CategoryInfo:
    """A category's join with the survey: its numbered section ("2.1.1") and its other names."""

    section: str
    names: tuple[str, ...] = ()


def words(text: str) -> tuple[str, ...]:
    """Words in one spelling: British as American, singular, "pretraining" as "pre training"."""
    return tuple(word for _, _, word in _tokens(text))


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """(start, end, word) of each word; a word that is two ("finetuning", "FT") is two at one place."""
    tokens = []
    for found in _WORD.finditer(text.lower()):
        parts = _SPLIT.sub(r"\1 ", found[0]).split() if found[0] not in _SHORT else _SHORT[found[0]].split()
        tokens += [(found.start(), found.end(), _stem(part)) for part in parts]
    return tokens


def _stem(word: str) -> str:
    word = re.sub(r"is(e|ed|es|ing|ation|ations|er|ers)$", r"iz\1", word) if len(word) > 6 else word
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word


class CategoryIndex:
    """Looks categories up by name, whole or in running text."""

    def __init__(self, taxonomy: Taxonomy, info: Mapping[str, CategoryInfo]) -> None:
        self._names: dict[tuple[str, ...], CategoryPath] = {}
        for path in taxonomy.nodes():
            for form in (path[-1], *taxonomy.names.get(path[-1], ())):
                self._names[words(form)] = path
        for path in taxonomy.nodes():
            known = info.get(path[-1])
            for form in known.names if known else ():
                self._names.setdefault(words(form), path)
        self._bare: dict[tuple[str, ...], CategoryPath] = {}
        for name, path in self._names.items():
            self._bare.setdefault(_content(name), path)
        self._vocabulary = sorted({w for name in self._names for w in name if len(w) > 4 and w.isascii()})
        self._longest = max((len(n) for n in self._names), default=0)
        self._nearest = lru_cache(maxsize=4096)(self._nearest_word)  # people ask in much the same words

    def find(self, name: str) -> tuple[CategoryPath, ...]:
        """The category called `name`, or those that share all its content words; () for none."""
        wanted = words(name)
        for candidate in (wanted, self._mended(wanted)):
            if candidate in self._names:
                return (self._names[candidate],)
            bare = _content(candidate)
            if bare in self._bare:
                return (self._bare[bare],)
            if bare and any(len(w) > 2 for w in bare):
                holding = [p for n, p in self._names.items() if set(bare) <= set(n)]
                shortest = {p for p in holding if not any(o != p and p[: len(o)] == o for o in holding)}
                if shortest and len(bare) > 1:
                    return tuple(p for p in dict.fromkeys(holding) if p in shortest)
        return ()

    def scan(self, text: str) -> list[tuple[int, int, CategoryPath]]:
        """(start, end, category) of each category name in `text`, the longest at each place, no overlap."""
        tokens = _tokens(text)
        mended = self._mended(tuple(t[2] for t in tokens))
        hits: list[tuple[int, int, CategoryPath]] = []
        i = 0
        while i < len(tokens):
            for n in range(min(self._longest, len(tokens) - i), 0, -1):
                path = self._names.get(mended[i : i + n])
                if path and _together(text, tokens[i : i + n]):
                    hits.append((tokens[i][0], tokens[i + n - 1][1], path))
                    i += n
                    break
            else:
                i += 1
        return hits

    def _mended(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Words with typos put right where exactly one word of the categories is near."""
        return tuple(
            self._nearest(word) if len(word) > 3 and word.isascii() and word not in self._vocabulary else word
            for word in wanted
        )

    def _nearest_word(self, word: str) -> str:
        import difflib

        near = difflib.get_close_matches(word, self._vocabulary, n=1, cutoff=0.87)
        return near[0] if near else word


def _content(name: Sequence[str]) -> tuple[str, ...]:
    return tuple(w for w in name if w not in _EMPTY)


def _together(text: str, tokens: Sequence[tuple[int, int, str]]) -> bool:
    """Whether only spaces, hyphens, slashes and commas stand between the tokens."""
    pairs = pairwise(tokens)
    return all(a[1] > b[0] or re.fullmatch(r"[\s\-‐‑–/,&·+]{0,3}", text[a[1] : b[0]]) for a, b in pairs)
