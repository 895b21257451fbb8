"""What changed between two lists: papers added, removed, moved to other categories, and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from surveyqa.catalog.parsing import CategoryPath, ListParse, Paper
from surveyqa.catalog.store import Catalog

# What of a paper a reader would want to know about when it changes. Not its line: any insertion moves that.
_FIELDS = ("title", "venue", "track", "year", "arxiv_id", "url", "code")


@dataclass(frozen=True)
class Change:
    """A paper that both lists have. `what`: (field, old value, new value) for each that differs."""

    old: Paper
    new: Paper
    what: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ListDiff:
    """added, removed: by the order of their list. moved: other categories. changed: other facts."""

    added: tuple[Paper, ...]
    removed: tuple[Paper, ...]
    moved: tuple[Change, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.changed)

    def text(self, limit: int | None = None) -> str:
        """One line per paper under a counted heading; `limit` lines at most under each."""
        if not self:
            return "nothing changed\n"
        parts = [
            _block("added", [_paper_line("+", p) for p in self.added], limit),
            _block("removed", [_paper_line("-", p) for p in self.removed], limit),
            _block("moved", [_change_line(">", c) for c in self.moved], limit),
            _block("changed", [_change_line("~", c) for c in self.changed], limit),
        ]
        return "\n".join(part for part in parts if part)


def diff(old: ListParse | Catalog | Iterable[Paper], new: ListParse | Catalog | Iterable[Paper]) -> ListDiff:
    """Compares the papers of two lists.

    A paper is the same in both when its title has the same letters and digits; of those left over, when its
    arXiv id is the same and stands for one paper only on either side (a paper renamed in a new version).
    """
    before, after = _papers(old), _papers(new)
    pairs = _pairs(before, after, lambda p: _letters(p.title))
    ids_old, ids_new = Counter(p.arxiv_id for p in before), Counter(p.arxiv_id for p in after)
    known_old, known_new = {id(a) for a, _ in pairs}, {id(b) for _, b in pairs}
    pairs += _pairs(
        [p for p in before if id(p) not in known_old],
        [p for p in after if id(p) not in known_new],
        lambda p: p.arxiv_id or "",
        once=lambda p: ids_old[p.arxiv_id] <= 1 and ids_new[p.arxiv_id] <= 1,
    )
    same = {id(b): a for a, b in pairs}
    gone = {id(a) for a, _ in pairs}
    moved, changed = [], []
    for paper in after:
        past = same.get(id(paper))
        if past is None:
            continue
        if set(past.categories) != set(paper.categories):
            moved.append(
                Change(past, paper, (("categories", _paths(past.categories), _paths(paper.categories)),))
            )
        what = tuple(
            (name, str(getattr(past, name) or ""), str(getattr(paper, name) or ""))
            for name in _FIELDS
            if getattr(past, name) != getattr(paper, name)
        )
        if what:
            changed.append(Change(past, paper, what))
    return ListDiff(
        added=tuple(p for p in after if id(p) not in same),
        removed=tuple(p for p in before if id(p) not in gone),
        moved=tuple(moved),
        changed=tuple(changed),
    )


def _pairs(
    old: Sequence[Paper],
    new: Sequence[Paper],
    key: Callable[[Paper], str],
    once: Callable[[Paper], bool] = lambda paper: True,
) -> list[tuple[Paper, Paper]]:
    """Papers with equal, non-empty keys; only those for which `once` holds."""
    first = {key(p): p for p in reversed(old) if key(p) and once(p)}
    pairs = []
    for paper in new:
        match = first.pop(key(paper), None) if key(paper) else None
        if match is not None:
            pairs.append((match, paper))
    return pairs


def _papers(source: ListParse | Catalog | Iterable[Paper]) -> list[Paper]:
    return list(source.papers if isinstance(source, (ListParse, Catalog)) else source)


def _letters(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _paths(categories: Sequence[CategoryPath]) -> str:
    return "; ".join(c[-1] for c in categories)


def _block(name: str, lines: Sequence[str], limit: int | None) -> str:
    if not lines:
        return ""
    shown = lines if limit is None else lines[:limit]
    more = f"  ... and {len(lines) - len(shown)} more\n" if len(shown) < len(lines) else ""
    return f"{len(lines)} {name}\n" + "".join(f"  {line}\n" for line in shown) + more


def _paper_line(mark: str, paper: Paper) -> str:
    return f"{mark} {paper.title} ({paper.where}) [{_paths(paper.categories)}]"


def _change_line(mark: str, change: Change) -> str:
    facts = ", ".join(f"{name}: {old or 'none'} -> {new or 'none'}" for name, old, new in change.what)
    return f"{mark} {change.new.title}: {facts}"
