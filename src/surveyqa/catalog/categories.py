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
Token = tuple[int, int, str]  # start, end, word in one spelling
_EMPTY = frozenset(
    word
    for line in (
        "a an the of for and or in on with to based llm llms method methods technique techniques approach",
        "approaches strategy strategies paper papers category section topic area work works",
    )
    for word in line.split()
)

# The noun of an activity that a category may be called by, whatever form it is asked in.
_NOUNS = {
    form: noun
    for noun, forms in (
        ("selection", "select selecting selected choose choosing chosen choice pick picking picked"),
        ("decoding", "decode"),
        ("quantization", "quantize quantizing quantized"),
        ("pruning", "prune pruned"),
        ("distillation", "distilling distilled"),
        ("compression", "compress compressing compressed"),
        ("generation", "generate generating generated"),
        ("initialization", "initialize initializing initializer"),
        ("sharing", "share shared"),
        ("extension", "extend extending extended"),
        ("retrieval", "retrieve retrieving"),
        ("augmentation", "augment augmenting augmented"),
        ("evaluation", "evaluate evaluating"),
        ("optimization", "optimize optimizing optimized"),
        ("formatting", "format"),
        ("ordering", "order"),
        ("demonstration", "demo exemplar"),
    )
    for form in forms.split()
}
# What may stand inside a name that is said in another order: "optimizers for training LLMs".
_BETWEEN = frozenset(
    "a an the of for in on to by with through via between among your their its llm llms stuff thing work "
    "paper method technique approach up just 的".split()
)


@dataclass(frozen=True)
class CategoryInfo:
    """A category's join with the survey: its numbered section ("2.1.1") and its other names."""

    section: str
    names: tuple[str, ...] = ()


def words(text: str) -> tuple[str, ...]:
    """Words in one spelling: British as American, singular, "pretraining" as "pre training"."""
    return tuple(word for _, _, word in _tokens(text))


def _tokens(text: str) -> list[Token]:
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
                self._names[_signs(form)] = path
        for path in taxonomy.nodes():
            known = info.get(path[-1])
            for form in known.names if known else ():
                self._names.setdefault(_signs(form), path)
        self._bare: dict[tuple[str, ...], CategoryPath] = {}
        for name, path in self._names.items():
            self._bare.setdefault(_content(name), path)
        self._vocabulary = sorted({w for name in self._names for w in name if len(w) > 4 and w.isascii()})
        self._longest = max((len(n) for n in self._names), default=0)
        self._bags = _unordered(self._names)
        self._bag_words = frozenset(word for bag in self._bags for word in bag)
        self._nearest = lru_cache(maxsize=4096)(self._nearest_word)  # people ask in much the same words

    def find(self, name: str) -> tuple[CategoryPath, ...]:
        """The category called `name`, or those that share all its content words; () for none."""
        wanted = _signs(name)
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
        """(start, end, category) of each category name in `text`, the longest at each place, no overlap.

        A name counts in another order and form too: "picking data for fine-tuning".
        """
        tokens = [t for t in _tokens(text) if t[2] != "的"]  # 结构化的剪枝
        mended = tuple(t[2] for t in tokens)
        hits: list[tuple[int, int, CategoryPath]] = []
        i = 0
        while i < len(tokens):
            asked, loose = self._in_order(text, tokens, mended, i), self._any_order(text, tokens, mended, i)
            size, path = loose if loose[0] > asked[0] else asked
            if size:
                hits.append((tokens[i][0], tokens[i + size - 1][1], path))
            i += size or 1
        return hits

    def _in_order(
        self, text: str, tokens: Sequence[Token], mended: tuple[str, ...], i: int
    ) -> tuple[int, CategoryPath]:
        """How many words from the i-th on are a category's name, and the category; 0 for none."""
        for n in range(min(self._longest, len(tokens) - i), 0, -1):
            path = self._names.get(mended[i : i + n])
            if path and _together(text, tokens[i : i + n]):
                return n, path
        return 0, ()

    def _any_order(
        self, text: str, tokens: Sequence[Token], mended: tuple[str, ...], i: int
    ) -> tuple[int, CategoryPath]:
        """`_in_order` for the words of a name in any order, with small words between."""
        best: tuple[int, CategoryPath] = (0, ())
        said: set[str] = set()
        for j in range(i, min(len(tokens), i + self._longest + 3)):
            word = _NOUNS.get(mended[j], mended[j])
            if not word.isascii():
                break  # Chinese signs are no words: in any order they mean anything
            apart = j > i and tokens[j][0] > tokens[j - 1][1]
            if apart and not re.fullmatch(r"[\s\-‐‑–]{1,2}", text[tokens[j - 1][1] : tokens[j][0]]):
                break
            if word in self._bag_words:
                said.add(word)
                path = self._bags.get(frozenset(said))
                best = (j - i + 1, path) if path else best
            elif j == i or word not in _BETWEEN:
                break
        return best

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


def _unordered(names: Mapping[tuple[str, ...], CategoryPath]) -> dict[frozenset[str], CategoryPath]:
    """Categories by the words of their names that say something, two at least; no set that two share."""
    found: dict[frozenset[str], set[CategoryPath]] = {}
    for name, path in names.items():
        bag = frozenset(_NOUNS.get(word, word) for word in _content(name) if word != "的")
        if len(bag) > (1 if all(map(str.isascii, bag)) else 3):  # a Chinese word is two signs
            found.setdefault(bag, set()).add(path)
    return {bag: next(iter(paths)) for bag, paths in found.items() if len(paths) == 1}


def _signs(name: str) -> tuple[str, ...]:
    return tuple(word for word in words(name) if word != "的")


def _content(name: Sequence[str]) -> tuple[str, ...]:
    return tuple(w for w in name if w not in _EMPTY)


def _together(text: str, tokens: Sequence[Token]) -> bool:
    """Whether only spaces, hyphens, slashes and commas stand between the tokens."""
    pairs = pairwise(tokens)
    return all(a[1] > b[0] or re.fullmatch(r"[\s\-‐‑–/,&·+]{0,3}|的", text[a[1] : b[0]]) for a, b in pairs)
