"""What papers are called: names before a colon, acronyms, nicknames, Chinese names, whole titles.

Names are compared on letters and digits, so "FlashAttention-2", "flash attention 2" and
"FlashAttention2" are one name; but "Lion" and "REST" are names and "lion" and "rest" are words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surveyqa.catalog.parsing import Paper

_TOKEN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff∞]+|\+\+?")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|\+\+?|[^A-Za-z0-9\W]+|∞")
_GAP = re.compile(r"[\s\-‐‑–_./:,'’!?&()^*∗%\"“”]{0,3}")
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Name:
    """A form under which papers are known. `exact`: counts only in this spelling (or inside a title)."""

    form: str
    keys: tuple[str, ...]
    exact: bool = False


def plain(text: str) -> str:
    """Letters, digits, CJK and plus signs in lower case: what two spellings of a name share."""
    return "".join(c for c in text.casefold() if c.isalnum() or c in "+∞")


def build_names(
    papers: Iterable[Paper], aliases: dict[str, list[str]], ordinary: Iterable[str] = ()
) -> tuple[Name, ...]:
    """All names of `papers`: derived from the titles, then those of `aliases` (key -> forms).

    ordinary: names that count only as spelled, since in lower case they mean something else.
    """
    words = {plain(w) for w in ordinary}
    found: dict[tuple[str, bool], dict[str, None]] = {}
    spelled: dict[tuple[str, bool], str] = {}

    def add(form: str, key: str, exact: bool) -> None:
        exact = exact or plain(form) in words
        slot = (form if exact else plain(form), exact)
        if plain(form):
            found.setdefault(slot, {})[key] = None
            spelled.setdefault(slot, form)

    for paper in papers:
        head, colon, _ = paper.title.partition(":")
        if colon and len(head.split()) <= 4:
            add(head.strip(), paper.key, False)
        add(paper.title, paper.key, False)
        for form in aliases.get(paper.key, ()):
            bare = form.strip("[]") if form.startswith("[") else form
            add(bare, paper.key, bare != form)
    return tuple(Name(spelled[slot], tuple(keys), slot[1]) for slot, keys in found.items())


class NameIndex:
    """Finds names, whole or in running text. Built from the names once per process."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._loose: dict[str, tuple[str, ...]] = {}
        self._exact: dict[str, tuple[str, ...]] = {}
        self._forms: dict[str, str] = {}
        self._cjk: dict[str, tuple[str, ...]] = {}
        self._prefixes: set[str] = set()
        for name in names:
            key = plain(name.form)
            into = self._exact if name.exact else self._loose
            slot = _spelling(name.form) if name.exact else key
            into[slot] = tuple(dict.fromkeys(into.get(slot, ()) + name.keys))
            self._forms.setdefault(key, name.form)
            if _CJK.search(key):
                self._cjk[key] = self._loose.get(key, name.keys)
        self._any = dict(self._loose)  # by letters and digits alone
        for spelling, keys in self._exact.items():
            key = plain(spelling)
            self._any[key] = tuple(dict.fromkeys(self._any.get(key, ()) + keys))
        for key in self._forms:
            self._prefixes.update(key[:n] for n in (3, 6, 12, 24, 48) if len(key) > n)

    def find(self, name: str) -> tuple[str, ...]:
        """Keys of the papers called `name`, in any case; () when there is none."""
        return self._any.get(plain(name), ())

    def close(self, name: str, cutoff: float = 0.84) -> tuple[str, ...]:
        """Keys of the papers whose name is nearest to a misspelt `name`; () when nothing is near."""
        import difflib

        key = plain(name)
        near = difflib.get_close_matches(key, list(self._forms), n=1, cutoff=cutoff) if len(key) >= 4 else []
        return self.find(self._forms[near[0]]) if near else ()

    def scan(self, text: str, any_case: bool = False) -> list[tuple[int, int, tuple[str, ...]]]:
        """(start, end, keys) of each name in `text`, the longest at each place, in order, no overlap.

        any_case: let "orca" count too, where the reader is known to mean a paper.
        """
        tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text)]
        hits: list[tuple[int, int, tuple[str, ...]]] = []
        i = 0
        while i < len(tokens):
            best: tuple[int, int, tuple[str, ...]] | None = None
            joined = ""
            for j in range(i, len(tokens)):
                if j > i and not _GAP.fullmatch(text, tokens[j - 1][1], tokens[j][0]):
                    break
                joined += tokens[j][2].casefold()
                keys = self._at(joined, text[tokens[i][0] : tokens[j][1]], any_case)
                if keys and not (j + 1 < len(tokens) and _glued(tokens[j], tokens[j + 1])):
                    best = (tokens[i][0], tokens[j][1], keys)
                    after = j + 1
                if not self._goes_on(joined):
                    break
            if best and not (i and _glued(tokens[i - 1], tokens[i])):
                hits.append(best)
                i = after
            else:
                i += 1
        for form, keys in self._cjk.items():
            start = text.find(form) if not _TOKEN.search(form) else -1
            if start >= 0 and not any(s < start + len(form) and start < e for s, e, _ in hits):
                hits.append((start, start + len(form), keys))
        return sorted(hits)

    def _at(self, joined: str, written: str, any_case: bool) -> tuple[str, ...]:
        exact = self._exact.get(_spelling(written), ())
        loose = self._loose.get(joined, ())
        if loose and not _same_joints(self._forms[joined], written):
            loose = ()
        if any_case and not (exact or loose):
            return self.find(joined)
        return tuple(dict.fromkeys(exact + loose))

    def _goes_on(self, joined: str) -> bool:
        """Whether a longer name starts with `joined` (sampled at a few lengths: may say yes wrongly)."""
        size = max((n for n in (3, 6, 12, 24, 48) if n <= len(joined)), default=0)
        return size == 0 or joined[:size] in self._prefixes


def _spelling(form: str) -> str:
    return "".join(m[0] for m in _TOKEN.finditer(form)) or form


def _glued(left: tuple[int, int, str], right: tuple[int, int, str]) -> bool:
    """ "LoRA" and "+" of "LoRA+" stand together: the one without the other is no match."""
    return left[1] == right[0] and right[2].startswith("+")


def _same_joints(form: str, written: str) -> bool:
    """Whether `written` is split only where `form` has a joint ("flash attention" for FlashAttention).

    So that "pre fix" is not "Prefix" and a name may always be written in one piece.
    """
    pieces = [plain(m[0]) for m in _TOKEN.finditer(written)]
    if len(pieces) == 1:
        return True
    joints, at = set(), 0
    for part in _PART.finditer(form):
        at += len(plain(part[0]))
        joints.add(at)
    cuts, at = set(), 0
    for piece in pieces[:-1]:
        at += len(piece)
        cuts.add(at)
    return cuts <= joints or len(pieces) > 4
