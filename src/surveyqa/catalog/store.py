"""The catalogue: the papers of the list with corrections, aliases and the survey's sections joined in."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from surveyqa.catalog.categories import CategoryIndex, CategoryInfo
from surveyqa.catalog.categories import words as category_words
from surveyqa.catalog.names import Name, NameIndex, build_names
from surveyqa.catalog.parsing import Anomaly, CategoryPath, Framework, Link, ListParse, Paper, Taxonomy
from surveyqa.errors import SourceError

SEPARATOR = " > "


@dataclass(frozen=True)
class Catalog:
    """Papers in the order of the list. Lookups are built at first use and kept on the object."""

    papers: tuple[Paper, ...]
    taxonomy: Taxonomy
    frameworks: tuple[Framework, ...] = ()
    forms: tuple[Name, ...] = ()
    info: Mapping[str, CategoryInfo] = field(default_factory=dict)
    anomalies: tuple[Anomaly, ...] = field(default=(), compare=False)  # of the list read; not saved

    def __hash__(self) -> int:
        """By identity: what was read with one catalogue is kept for it, and for no other."""
        return id(self)

    # ---- from and to files ----

    @classmethod
    def load(cls, folder: Path | str) -> Catalog:
        """Reads papers.jsonl, taxonomy.json, frameworks.json and names.json of `folder`.

        Raises SourceError when a file is missing or is not what `save` writes.
        """
        folder = Path(folder)
        try:
            lines = (folder / "papers.jsonl").read_text(encoding="utf-8").splitlines()
            rows = json.loads("[" + ",".join(lines) + "]")
            tree = json.loads((folder / "taxonomy.json").read_text(encoding="utf-8"))
            ticks = json.loads((folder / "frameworks.json").read_text(encoding="utf-8"))
            names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
            return cls(
                papers=tuple(_paper(row) for row in rows),
                taxonomy=Taxonomy(
                    tuple(tuple(x) for x in tree["leaves"]), {k: tuple(v) for k, v in tree["names"].items()}
                ),
                frameworks=tuple(Framework(**row) for row in ticks),
                forms=tuple(Name(form, tuple(keys), exact) for form, keys, exact in names),
                info={k: CategoryInfo(v["section"], tuple(v["names"])) for k, v in tree["info"].items()},
            )
        except FileNotFoundError as error:
            raise SourceError(f"no catalogue: {error.filename} is missing - run 'surveyqa update'") from error
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                f"the catalogue in {folder} cannot be read ({error}) - run 'surveyqa update'"
            ) from error

    @classmethod
    def from_list(
        cls,
        parse: ListParse,
        corrections: Mapping[str, Mapping[str, Any]] | None = None,
        aliases: Mapping[str, Any] | None = None,
        categories: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Catalog:
        """The catalogue of a parsed list; the overlays are the contents of the YAML files of `corpus/`.

        corrections: key -> fields that overrule the list; those for keys the list does not have are
        without effect. aliases: {"names": key -> forms, "ordinary": words}. categories: name -> its
        section and other names.
        Raises SourceError for a correction of a field that a paper does not have.
        """
        papers = tuple(_corrected(p, (corrections or {}).get(p.key, {})) for p in parse.papers)
        aliases = aliases or {}
        ordinary = str(aliases.get("ordinary", "")).split()
        info = {
            name: CategoryInfo(str(x.get("section", "")), tuple(str(n) for n in x.get("names", ())))
            for name, x in (categories or {}).items()
        }
        names = build_names(
            papers, {k: [str(f) for f in v] for k, v in aliases.get("names", {}).items()}, ordinary
        )
        return cls(papers, parse.taxonomy, parse.frameworks, names, info, parse.anomalies)

    @classmethod
    def from_sources(cls, parse: ListParse, folder: Path | str) -> Catalog:
        """`from_list` with corrections.yaml, aliases.yaml and categories.yaml of `folder`."""
        import yaml

        overlays = []
        for name in ("corrections", "aliases", "categories"):
            path = Path(folder) / f"{name}.yaml"
            try:
                overlays.append(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
            except (OSError, yaml.YAMLError) as error:
                raise SourceError(
                    f"{path} cannot be read ({error}) - restore it from the repository"
                ) from error
        return cls.from_list(parse, *overlays)

    def save(self, folder: Path | str) -> None:
        """Writes what `load` reads: one paper a line, so that changes show in a diff."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tree = {
            "leaves": self.taxonomy.leaves,
            "names": self.taxonomy.names,
            "info": {k: asdict(v) for k, v in self.info.items()},
        }
        _write(folder / "papers.jsonl", "".join(_json(_row(p)) + "\n" for p in self.papers))
        _write(folder / "taxonomy.json", json.dumps(tree, ensure_ascii=False, indent=1) + "\n")
        _write(folder / "frameworks.json", _rows(asdict(f) for f in self.frameworks))
        _write(folder / "names.json", _rows([n.form, n.keys, n.exact] for n in self.forms))

    # ---- lookups ----

    @cached_property
    def by_key(self) -> dict[str, Paper]:
        return {p.key: p for p in self.papers}

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex(self.forms)

    @cached_property
    def _categories(self) -> CategoryIndex:
        return CategoryIndex(self.taxonomy, self.info)

    @cached_property
    def venues(self) -> dict[str, str]:
        """Venues of the list by their names in lower case."""
        return {p.venue.lower(): p.venue for p in self.papers if p.venue}

    @cached_property
    def side_venues(self) -> frozenset[str]:
        """Venues of which the list has papers of workshops, Findings or demos alone."""
        main = {p.venue for p in self.papers if p.track in (None, "short")}
        return frozenset(p.venue for p in self.papers if p.venue and p.venue not in main)

    @cached_property
    def _spaced_titles(self) -> tuple[str, ...]:
        return tuple(_spaced(p.title) for p in self.papers)

    def titled(self, words: str) -> tuple[Paper, ...]:
        """Papers whose title holds these words one after the other, in any case."""
        wanted = _spaced(words)
        return tuple(p for p, title in zip(self.papers, self._spaced_titles, strict=True) if wanted in title)

    @cached_property
    def category_vocabulary(self) -> frozenset[str]:
        """Words of the names of the categories, in one spelling."""
        names = (name for path in self.taxonomy.nodes() for name in self.names_of(path))
        return frozenset(word for name in names for word in category_words(name))

    @cached_property
    def _title_words(self) -> dict[str, frozenset[int]]:
        """Places of the papers in whose titles a word stands, in one spelling."""
        found: dict[str, set[int]] = {}
        for at, paper in enumerate(self.papers):
            for word in category_words(paper.title):
                found.setdefault(word, set()).add(at)
        return {word: frozenset(places) for word, places in found.items()}

    def recalled(self, words: Iterable[str], missing: int = 0) -> tuple[Paper, ...]:
        """The one paper whose title has these words, three at least, in any order; () for none or several.

        missing: so many of the words may be remembered wrongly, where three stand in the title.
        """
        wanted = set(category_words(" ".join(words)))
        counts = Counter(at for word in wanted for at in self._title_words.get(word, ()))
        best = counts.most_common(2)
        if not best or best[0][1] < max(3, len(wanted) - missing):
            return ()
        if len(best) > 1 and best[1][1] == best[0][1]:
            return ()
        return (self.papers[best[0][0]],)

    def find(self, name: str) -> tuple[Paper, ...]:
        """Papers called `name`: key, title, method name, acronym, arXiv id; any case; () for none."""
        name = name.strip()
        if name in self.by_key:
            return (self.by_key[name],)
        keys = self._names.find(name)
        if not keys:
            bare = name.lower().removeprefix("arxiv:")
            return tuple(p for p in self.papers if p.arxiv_id and p.arxiv_id == bare)
        return tuple(self.by_key[k] for k in keys)

    def find_close(self, name: str) -> tuple[Paper, ...]:
        """Papers whose name is nearest to a misspelt `name`; () when nothing is near."""
        return tuple(self.by_key[k] for k in self._names.close(name))

    def names_in(self, text: str, any_case: bool = False) -> list[tuple[int, int, tuple[str, ...]]]:
        """(start, end, keys) of each paper named in `text`, the longest name at each place.

        Names that are words ("lion", "rest") count only as the list spells them, unless `any_case`.
        """
        return self._names.scan(text, any_case)

    def names(self, text: str) -> dict[str, tuple[str, ...]]:
        """The names that `names_in` finds, as written, with the keys of their papers."""
        return {text[start:end]: keys for start, end, keys in self.names_in(text)}

    def category(self, name: str) -> tuple[CategoryPath, ...]:
        """The category (at any depth) called `name`, or several when the name fits several; () for none."""
        return self._categories.find(name)

    def categories_in(self, text: str) -> list[tuple[int, int, CategoryPath]]:
        """(start, end, category) of each category named in `text`."""
        return self._categories.scan(text)

    def names_of(self, path: CategoryPath) -> tuple[str, ...]:
        """What the category at `path` is called: as the list has it, then its other names."""
        known = self.info.get(path[-1])
        return (path[-1], *(known.names if known else ()))

    def section_of(self, category: str | CategoryPath) -> str | None:
        """Number of the survey's section on a category ("2.3.1"), or of the nearest category above it."""
        path = category if isinstance(category, tuple) else next(iter(self.category(category)), ())
        for name in reversed(path):
            known = self.info.get(name)
            if known and known.section:
                return known.section
        return None

    def filter(
        self,
        category: str | CategoryPath | Sequence[CategoryPath] | None = None,
        year: int | tuple[int | None, int | None] | None = None,
        venue: str | Iterable[str] | None = None,
        text: str | None = None,
        has_code: bool | None = None,
        tracks: Iterable[str | None] | None = None,
    ) -> tuple[Paper, ...]:
        """Papers that meet all conditions, in the order of the list.

        category: name at any depth, path, or several paths. year: one, or (first, last) with None for open.
        venue: one or several, in any spelling ("NIPS"). text: words that stand in the title, in any case.
        tracks: allowed tracks (None is the conference itself); without it every track counts.
        """
        paths = self._paths(category)
        venues = (
            None if venue is None else {_venue(v) for v in ([venue] if isinstance(venue, str) else venue)}
        )
        first, last = year if isinstance(year, tuple) else (year, year)
        allowed = None if tracks is None else set(tracks)
        needle = None if text is None else _letters(text)
        return tuple(
            p
            for p in self.papers
            if (paths is None or any(c[: len(q)] == q for c in p.categories for q in paths))
            and (first is None or (p.year is not None and p.year >= first))
            and (last is None or (p.year is not None and p.year <= last))
            and (venues is None or (p.venue or "").lower() in venues)
            and (allowed is None or p.track in allowed)
            and (needle is None or needle in _letters(p.title))
            and (has_code is None or bool(p.code) == has_code)
        )

    def _paths(
        self, category: str | CategoryPath | Sequence[CategoryPath] | None
    ) -> list[CategoryPath] | None:
        if category is None:
            return None
        if isinstance(category, str):
            return list(self.category(category))
        if category and isinstance(category[0], str):
            return [tuple(str(x) for x in category)]
        return [tuple(path) for path in category]


# ---- rows ---------------------------------------------------------------------------------------


def _row(paper: Paper) -> dict[str, Any]:
    row = {f.name: getattr(paper, f.name) for f in fields(paper)}
    row["links"] = [[x.label, x.url] for x in paper.links]
    row["places"] = [[SEPARATOR.join(path), line] for path, line in paper.places]
    return {k: v for k, v in row.items() if v not in (None, (), [], "")}


def _paper(row: dict[str, Any]) -> Paper:
    row["links"] = tuple([Link(label, url) for label, url in row.get("links", ())])
    row["places"] = tuple([(tuple(path.split(SEPARATOR)), line) for path, line in row["places"]])
    row["corrected"] = tuple(row.get("corrected", ()))
    return Paper(**row)


def _corrected(paper: Paper, changes: Mapping[str, Any]) -> Paper:
    values = {k: v for k, v in changes.items() if k != "why"}
    unknown = set(values) - {"title", "venue", "track", "year", "arxiv_id", "url", "code"}
    if unknown:
        raise SourceError(
            f"corrections.yaml corrects {sorted(unknown)} of {paper.key!r}, which is no field of a paper"
        )
    values = {k: v for k, v in values.items() if getattr(paper, k) != v}
    return replace(paper, **values, corrected=tuple(sorted(values))) if values else paper


def _venue(text: str) -> str:
    from surveyqa.catalog.parsing import split_venue

    return split_venue(text)[0].lower()


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _spaced(text: str) -> str:
    """Words in lower case between single spaces: one phrase stands in another where its text does."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def _json(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def _rows(rows: Iterable[Any]) -> str:
    return "[\n" + ",\n".join(_json(row) for row in rows) + "\n]\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
