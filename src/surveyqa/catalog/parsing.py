"""The survey's living paper list (Markdown) as data: entries, papers, categories, frameworks.

Nothing on the list is dropped in silence: what deviates from the list's own format
("Title, <ins>Venue, Year</ins> [[Paper](link)] [[Code](link)]") is read as well as it can be
and reported as an `Anomaly` with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from surveyqa.catalog.lines import ENTRY, tidy
from surveyqa.text.hashing import content_hash

if TYPE_CHECKING:
    from markdown_it.token import Token

CategoryPath = tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """A link of an entry: the label as printed ("Paper", "Code", "Reddit post") and its address."""

    label: str
    url: str


@dataclass(frozen=True)
class Entry:
    """One bullet of the list. A paper that the list has twice is two entries with one key.

    venue: normalised ("NeurIPS" for "NeurlPS" and "NIPS"); track: "workshop", "findings", "demo",
    "short" or None for the conference itself; printed: venue and year as they stand on the list.
    """

    key: str
    title: str
    category: CategoryPath
    line: int
    venue: str | None = None
    track: str | None = None
    year: int | None = None
    printed: str = ""
    arxiv_id: str | None = None
    url: str | None = None
    code: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A distinct title of the list, with everything that its entries say together.

    places: (category, line) of each of its entries, in the order of the list;
    corrected: the fields where `corrections.yaml` overrules the list.
    """

    key: str
    title: str
    venue: str | None = None
    track: str | None = None
    year: int | None = None
    printed: str = ""
    arxiv_id: str | None = None
    url: str | None = None
    code: str | None = None
    links: tuple[Link, ...] = ()
    places: tuple[tuple[CategoryPath, int], ...] = ()
    corrected: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[CategoryPath, ...]:
        return tuple(dict.fromkeys(path for path, _ in self.places))

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(line for _, line in self.places)

    @property
    def where(self) -> str:
        """Venue and year for a reader: "NeurIPS workshop 2023", "arXiv 2024"."""
        track = self.track if self.track in ("workshop", "findings", "demo") else None
        venue = " ".join(x for x in (self.venue, track.capitalize() if track == "findings" else track) if x)
        return " ".join(x for x in (venue, str(self.year) if self.year else "") if x) or "venue not given"


@dataclass(frozen=True)
class Framework:
    """A row of the framework table: what it does according to the list's ticks."""

    name: str
    url: str | None
    training: bool
    inference: bool
    fine_tuning: bool
    line: int


@dataclass(frozen=True)
class Anomaly:
    """Something on the list that deviates from its own format. `kind` is a short fixed word."""

    line: int
    kind: str
    message: str


@dataclass(frozen=True)
class Taxonomy:
    """The list's categories as paths, in its order.

    leaves: categories that hold entries; names: other spellings of a category's last name, from the
    table of contents ("Parameter Sharing" for "Parameter-Sharing").
    """

    leaves: tuple[CategoryPath, ...]
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def nodes(self) -> tuple[CategoryPath, ...]:
        """Every category at any depth, parents before children."""
        return tuple(dict.fromkeys(leaf[:n] for leaf in self.leaves for n in range(1, len(leaf) + 1)))

    def children(self, path: CategoryPath) -> tuple[CategoryPath, ...]:
        return tuple(n for n in self.nodes() if len(n) == len(path) + 1 and n[: len(path)] == path)


@dataclass(frozen=True)
class ListParse:
    entries: tuple[Entry, ...]
    papers: tuple[Paper, ...]
    taxonomy: Taxonomy
    frameworks: tuple[Framework, ...]
    anomalies: tuple[Anomaly, ...]


# ---- keys ---------------------------------------------------------------------------------------


def slug(text: str) -> str:
    """ "PanGu-Σ" -> "pangu-sigma", "LoRA+" -> "lora-plus": ASCII letters and digits, hyphens between."""
    text = text.replace("+", " plus ")
    greek = (
        unicodedata.name(c).split()[-1] if unicodedata.name(c, "").startswith("GREEK") else c for c in text
    )
    plain = unicodedata.normalize("NFKD", "".join(greek)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _short_key(title: str, words: int) -> str:
    head, colon, _ = title.partition(":")
    if colon and len(head.split()) <= 5 and words == 6 and slug(head):
        return slug(head)
    return "-".join(slug(title).split("-")[:words]) or f"title-{content_hash(title)}"


def paper_keys(titles: Iterable[str]) -> dict[str, str]:
    """title -> key. Notes, guide pages and qrels are written against these keys: the rule is fixed.

    The key is the slug of the name before the title's first colon when that has at most five words,
    else of the title's first six words; papers whose keys would be equal both take as many words of the
    title, from seven up, as tell them apart. Titles are one paper when they are equal in lower case.
    """
    distinct = {t.casefold(): t for t in reversed(list(titles))}
    groups: dict[str, list[str]] = {}
    for title in reversed(list(distinct.values())):
        groups.setdefault(_short_key(title, 6), []).append(title)
    keys = {}
    for first, group in groups.items():
        for title in group:
            words, key = 6, first
            while any(_short_key(other, words) == key for other in group if other != title) and words < 40:
                words += 1
                key = _short_key(title, words)
            keys[title.casefold()] = key
    return keys


# ---- venues -------------------------------------------------------------------------------------

_VENUES = {
    v.lower(): v for v in ("NeurIPS", "ICML", "ICLR", "ACL", "EMNLP", "NAACL", "AACL", "EACL", "arXiv")
}
_VENUES |= {"neurlps": "NeurIPS", "nips": "NeurIPS", "nuerips": "NeurIPS"}
_TRACKS = {
    "workshop": "workshop",
    "findings": "findings",
    "finding": "findings",
    "demo": "demo",
    "short": "short",
    "srw": "workshop",  # the Student Research Workshop
    "enlsp": "workshop",  # Efficient Natural Language and Speech Processing, at NeurIPS
    "hlt": None,  # NAACL-HLT is NAACL's full name
}


def split_venue(printed: str) -> tuple[str, str | None]:
    """ "NeurIPS-ENLSP" -> ("NeurIPS", "workshop"), "ACL Findings" -> ("ACL", "findings")."""
    parts = re.split(r"[\s-]+", printed.strip())
    venue = _VENUES.get(parts[0].lower())
    if venue and all(p.lower() in _TRACKS for p in parts[1:]):
        return venue, next((_TRACKS[p.lower()] for p in parts[1:]), None)
    if printed.strip().lower() == "deelio":
        return "DeeLIO", "workshop"  # Deep Learning Inside Out, at ACL
    return venue or printed.strip(), None


# ---- arXiv ids ----------------------------------------------------------------------------------

_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|ps|format)/|10\.48550/arxiv\.|huggingface\.co/papers/|arxiv:)"
    r"(\d{4}\.\d{4,5})(?!\d)",
    re.IGNORECASE,
)


def arxiv_id(url: str) -> str | None:
    """The id without version, from abs, pdf, html, doi and huggingface.co/papers addresses."""
    found = _ARXIV.search(url)
    return found[1] if found else None


# ---- the Markdown -------------------------------------------------------------------------------

_PAPER_LABELS = {"paper", "pdf"}
_OTHER_LABELS = {"blog", "reddit post", "html", "website", "openreview"}
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


# A space would end the address, or make the rest a link title.
_LINK_SPACES = re.compile(r"(?<=\]\()https?://[^()\s]* +[^()\"\n]*(?=\))")


# What terminals obey, and what turns the direction of text round: strangers send entries.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


UNFILED = "Uncategorized"  # the category of an entry above every heading


def parse_list(text: str) -> ListParse:
    """Reads the list's Markdown. Never raises on what stands in it: see `anomalies`."""
    from markdown_it import MarkdownIt

    # Titles are plain text: "ReST-MCTS*" is no emphasis and "snake_case" stays.
    markdown = MarkdownIt("commonmark").enable("table").disable("emphasis")
    text = _CONTROL.sub(" ", text)
    lines, numbers = tidy(text.split("\n"))
    tokens = markdown.parse(_LINK_SPACES.sub(lambda m: m[0].replace(" ", ""), "\n".join(lines)))
    reader = _Reader(numbers)
    reader.read(tokens, lines)
    reader.tell_unread(lines)
    keys = paper_keys(e.title for e in reader.entries)
    entries = tuple(replace(e, key=keys[e.title.casefold()]) for e in reader.entries)
    anomalies = reader.anomalies + list(_across(entries))
    leaves = tuple(dict.fromkeys(e.category for e in entries))
    return ListParse(
        entries=entries,
        papers=merge(entries),
        taxonomy=Taxonomy(leaves, reader.other_names()),
        frameworks=tuple(reader.frameworks),
        anomalies=tuple(sorted(anomalies, key=lambda a: (a.line, a.kind))),
    )


def merge(entries: Iterable[Entry]) -> tuple[Paper, ...]:
    """One paper per key; what the first entry lacks (a code link, say) the later ones supply."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.key, []).append(entry)
    papers = []
    for key, group in groups.items():
        first = group[0]
        papers.append(
            Paper(
                key=key,
                title=first.title,
                venue=next((e.venue for e in group if e.venue), None),
                track=next((e.track for e in group if e.venue), None),
                year=next((e.year for e in group if e.year), None),
                printed=first.printed,
                arxiv_id=next((e.arxiv_id for e in group if e.arxiv_id), None),
                url=next((e.url for e in group if e.url), None),
                code=next((e.code for e in group if e.code), None),
                links=tuple(dict.fromkeys(link for e in group for link in e.links)),
                places=tuple((e.category, e.line) for e in group),
            )
        )
    return tuple(papers)


class _Reader:
    """Walks the token stream once, with the headings above and the table of contents as state."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """numbers: the line of the list on which each line that is read stands."""
        self._numbers = numbers
        self._read: set[int] = set()  # lines that were looked at, by the list's numbers
        self.entries: list[Entry] = []
        self.frameworks: list[Framework] = []
        self.anomalies: list[Anomaly] = []
        self._headings: list[tuple[int, str]] = []
        self._contents: dict[str, list[str]] = {}  # name in plain letters -> path of the table of contents
        self._names: dict[str, list[str]] = {}
        self._unknown: set[CategoryPath] = set()

    def other_names(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(others) for name, others in self._names.items() if others}

    def note(self, line: int, kind: str, message: str) -> None:
        self.anomalies.append(Anomaly(line, kind, message))

    def read(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        self._read_contents(tokens)
        items: list[int] = []  # lines of the open list items
        row: list[Token] | None = None
        for i, token in enumerate(tokens):
            if token.type == "heading_open":
                self._enter(int(token.tag[1:]), _heading(tokens[i + 1].content), self._line(token))
            elif token.type == "list_item_open":
                items.append(self._line(token))
            elif token.type == "list_item_close":
                items.pop()
            elif token.type == "inline" and items and tokens[i - 1].type == "paragraph_open":
                raw = lines[token.map[0] if token.map else 0]
                if self.category() or ENTRY.search(raw):
                    self._entry(token.children or [], raw, self._line(token))
            elif token.type == "tr_open":
                row = []
            elif token.type == "inline" and row is not None:
                row.append(token)
            elif token.type == "tr_close":
                if row and "framework" in " ".join(self.category()).lower():
                    self._framework(row)
                elif row:
                    self._row(row)
                row = None

    def _read_contents(self, tokens: Sequence[Token]) -> None:
        """The nested list under "Table of Content": what the headings should be called, and where."""
        inside, depth, path = False, 0, list[str]()
        for i, token in enumerate(tokens):
            if token.type == "heading_open":
                inside = _letters(_heading(tokens[i + 1].content)) in ("tableofcontent", "tableofcontents")
            elif inside and token.type in ("list_item_open", "list_item_close"):
                depth += token.nesting
            elif inside and depth and token.type == "inline":
                del path[depth - 1 :]
                texts = (c.content for c in token.children or [] if c.type == "text")
                path.append(_heading("".join(texts)))
                self._contents.setdefault(_letters(path[-1]), list(path))

    def _line(self, token: Token) -> int:
        return self._numbers[token.map[0]] if token.map else 1

    def tell_unread(self, lines: Sequence[str]) -> None:
        """Names the lines that look like entries and were not read."""
        fenced = False
        for number, line in zip(self._numbers, lines, strict=True):
            fenced ^= line.lstrip().startswith("```")
            entry = ENTRY.search(line) and _YEAR.search(line) and not line.lstrip().startswith(("#", ">"))
            if not fenced and number not in self._read and entry:
                self.note(
                    number, "unread", f"looks like a paper and could not be read: {line.strip()[:70]!r}"
                )

    def category(self) -> CategoryPath:
        """Names of the headings above, without the page's title. () outside the taxonomy."""
        path = tuple(name for level, name in self._headings if level > 1)
        known = not self._contents or _letters(path[0] if path else "") in self._contents
        return path if path and known else ()

    def _enter(self, level: int, name: str, line: int) -> None:
        self._headings = [h for h in self._headings if h[0] < level]
        listed = self._contents.get(_letters(name))
        if listed and level > 1:
            self._names.setdefault(name, [])
            if listed[-1] != name:
                self._names[name].append(listed[-1])
                self.note(
                    line, "heading-name", f"heading {name!r} is {listed[-1]!r} in the table of contents"
                )
            wanted = [_letters(x) for x in listed[:-1]]
            above = [_letters(n) for lv, n in self._headings if lv > 1]
            if wanted != above and wanted == above[: len(wanted)]:
                # A heading one level too deep ("Parameter-Sharing" under "Knowledge Distillation").
                above_it = f"under {listed[-2]!r}" if len(listed) > 1 else "at the top"
                self.note(line, "heading-level", f"heading {name!r} belongs {above_it} by the contents")
                self._headings = [h for h in self._headings if h[0] == 1] + [
                    h for h in self._headings if h[0] > 1
                ][: len(wanted)]
        elif self._contents and level > 1 and self.category():
            self.note(line, "heading-name", f"heading {name!r} is not in the table of contents")
        self._headings.append((level, name))

    def _filed(self, line: int) -> CategoryPath:
        """Where an entry stands; under headings that the contents do not know, there."""
        if known := self.category():
            return known
        path = tuple(name for level, name in self._headings if level > 1) or (UNFILED,)
        if path not in self._unknown:
            self._unknown.add(path)
            self.note(
                line, "heading-unknown", f"{path[0]!r} is not in the table of contents; its papers are kept"
            )
        return path

    def _row(self, row: Sequence[Token]) -> None:
        """A paper in a row of a table: its title in the first cell, a link in another."""
        cells = [self._links(cell.children or [], self._line(cell)) for cell in row]
        links = [link for _, its in cells for link in its]
        texts = [re.sub(r"[\[\]\x01\x02]", "", text).strip() for text, _ in cells]
        title = texts[0] or next((link.label for link in cells[0][1]), "")
        if not links or len(title.split()) < 2:
            return  # the table's head, or no table of papers
        where = next((text for text in texts[1:] if _YEAR.search(text)), "")
        self._add(title, where, links, self._line(row[0]))

    def _entry(self, children: Sequence[Token], raw: str, line: int) -> None:
        text, links = self._links(children, line)
        if re.search(r"\[\[[^\[\]]*\]\]\(", raw):
            self.note(line, "link-brackets", "[[Label]](url) instead of [[Label](url)]")
        spaced = re.search(r"\]\((?:[^()\s]+ +[^()]*|\s+[^()\s]+)\)", raw)
        if spaced:
            self.note(line, "link-space", f"a space inside {spaced[0][1:]}")
        title, printed = self._split(text, line)
        if not title and links and links[0].label.lower() not in _PAPER_LABELS | _OTHER_LABELS | {"code"}:
            title = links[0].label  # the title is itself the link
            links[0] = Link("Paper", links[0].url)
        if not title:
            self.note(line, "no-title", f"no title could be read from {raw[:60]!r}")
            return
        self._add(title, printed, links, line)

    def _add(self, title: str, printed: str, links: Sequence[Link], line: int) -> None:
        self._read.add(line)
        years = list(_YEAR.finditer(printed))
        year = int(years[-1][0]) if years else None
        names = [p.strip() for p in _YEAR.sub("", printed).split(",") if p.strip()]
        venue, track = split_venue(names[-1]) if names else (None, None)
        if venue and names[-1] != venue and names[-1].lower() == venue.lower():
            self.note(line, "venue-spelling", f"venue {names[-1]!r} is {venue!r} elsewhere")
        elif venue and track is None and venue != names[-1]:
            self.note(line, "venue-spelling", f"venue {names[-1]!r} read as {venue!r}")
        if len(names) > 1:
            self.note(line, "two-venues", f"two venues in {printed!r}; taken as {venue!r}")
        if not names:
            self.note(line, "no-venue", f"no venue in {printed!r}; an arXiv link is taken as arXiv")
        if year is None:
            self.note(line, "no-year", f"no year in {printed!r}")
        elif names and "," not in printed:
            self.note(line, "no-comma", f"no comma between venue and year in {printed!r}")
        main = next((x for x in links if x.label.lower() in _PAPER_LABELS), links[0] if links else None)
        code = next((x for x in links if x.label.lower().startswith("code")), None)
        ids = list(dict.fromkeys(i for x in links if x is main for i in [arxiv_id(x.url)] if i))
        if venue is None and ids:
            venue = "arXiv"
        if main is None:
            self.note(line, "no-link", "no link to the paper")
        self.entries.append(
            Entry(
                key="",
                title=title,
                category=self._filed(line),
                line=line,
                venue=venue,
                track=track,
                year=year,
                printed=printed,
                arxiv_id=ids[0] if ids else None,
                url=main.url if main else None,
                code=code.url if code else None,
                links=tuple(links),
            )
        )

    def _split(self, text: str, line: int) -> tuple[str, str]:
        """(title, venue and year as printed) of an entry's text; `\\x01`/`\\x02` stand for <ins>, </ins>."""
        head, opened, tail = text.partition("\x01")
        if opened:
            printed, closed, rest = tail.partition("\x02")
            if not closed and "\x01" in tail:
                printed, closed, rest = tail.partition("\x01")
                self.note(line, "broken-ins", "the closing </ins> is '<ins>'")
            elif not closed:
                printed, slash, rest = tail.partition("/ins>")
                self.note(line, "broken-ins", "the closing </ins> is " + ("'/ins>'" if slash else "missing"))
            if not re.search(r"[,，?!.]\s*$", head):
                self.note(line, "no-comma", "no comma between title and venue")
            elif head.rstrip().endswith("，"):
                self.note(line, "no-comma", "a full-width comma between title and venue")
            if printed != printed.strip():
                self.note(line, "spacing", f"space inside <ins>{printed}</ins>")
        else:
            head, closed, rest = text.partition("\x02")
            head = head.rstrip(" []()")
            found = re.search(r"[,，]\s*([^,，]*[,，])?\s*((?:19|20)\d\d)\s*$", head)
            found = found or re.search(r"[,，]\s*(\w[\w -]{1,30}?)\s+((?:19|20)\d\d)$", head)
            printed = ""
            if found and (found[1] is None or _is_venue(found[1])):
                printed, head = found[0].strip(" ,，"), head[: found.start()]
            elif found:
                printed, head = found[2], head[: found.start(2)]
            self.note(
                line, "no-ins", "no <ins> before the venue" + (", but a closing </ins>" if closed else "")
            )
        rest = re.sub(r"[\s\[\](),.;，]+", " ", rest).strip()
        if rest:
            self.note(line, "leftover", f"not understood: {rest[:80]!r}")
        return re.sub(r"\s+", " ", head).strip(" ,，"), re.sub(r"\s+", " ", printed).strip()

    def _links(self, children: Sequence[Token], line: int) -> tuple[str, list[Link]]:
        """The text outside links, and the links with repaired addresses."""
        text: list[str] = []
        links: list[Link] = []
        label: list[str] = []
        href: str | None = None
        for child in children:
            if child.type == "link_open":
                href, label = str(child.attrs.get("href", "")), []
            elif child.type == "link_close" and href is not None:
                links.append(self._link("".join(label).strip(" []"), href, line))
                href = None
            elif href is not None:
                label.append(child.content)
            elif child.type == "html_inline":
                tag = child.content.replace(" ", "").lower()
                text.append({"<ins>": "\x01", "</ins>": "\x02"}.get(tag, ""))
            elif child.type in ("softbreak", "hardbreak"):
                text.append(" ")
            else:
                text.append(child.content)
        return "".join(text), links

    def _link(self, label: str, href: str, line: int) -> Link:
        url = href
        starts = [m.start() for m in re.finditer(r"https?://", unquote(href))]
        if len(starts) > 1 or "%5B" in href:
            # "[url](url)" inside the brackets, or one address twice in a row: the last one is meant.
            url = unquote(href)[starts[-1] :].rstrip("])") if starts else href
            self.note(line, "doubled-link", f"link {label!r} holds more than one address; taken as {url}")
        if label.lower() not in _PAPER_LABELS | _OTHER_LABELS and not label.lower().startswith("code"):
            self.note(line, "label", f"unknown link label {label!r}")
        elif label.lower() in _OTHER_LABELS:
            self.note(line, "label", f"link label {label!r} instead of 'Paper'")
        if re.search(r"arxiv\.org/\w+/\d{4}\.\d{4,5}v(?!\d)", url):
            self.note(line, "arxiv-id", f"a version mark without a number in {url}")
        return Link(label, url.strip())

    def _framework(self, row: Sequence[Token]) -> None:
        cells = [c.content for c in row]
        line = self._line(row[0])
        if len(cells) < 4 or not any(mark in "".join(cells) for mark in "✅❌"):
            return  # the table's head
        text, links = self._links(row[0].children or [], line)
        name = text.strip(" []")
        self._read.add(line)
        training, inference, fine_tuning = ("✅" in c for c in cells[1:4])
        url = links[0].url if links else None
        self.frameworks.append(Framework(name, url, training, inference, fine_tuning, line))


def _across(entries: Sequence[Entry]) -> Iterator[Anomaly]:
    """What only shows when entries are compared: duplicates, and one id on two papers."""
    seen: dict[str, Entry] = {}
    ids: dict[str, Entry] = {}
    for entry in entries:
        first = seen.setdefault(entry.key, entry)
        if first is not entry:
            same = first.category == entry.category
            kind = "duplicate" if same else "in-two-categories"
            yield Anomaly(entry.line, kind, f"{entry.title!r} is also on line {first.line}")
        if entry.arxiv_id:
            other = ids.setdefault(entry.arxiv_id, entry)
            if other.key != entry.key:
                message = f"arXiv {entry.arxiv_id} is also the link of {other.title!r} on line {other.line}"
                yield Anomaly(entry.line, "shared-id", message)


def _heading(text: str) -> str:
    """A heading without its leading emoji and trailing colon."""
    return re.sub(r"^[^\w]+", "", text).strip(" :*")


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_venue(text: str) -> bool:
    words = re.split(r"[\s-]+", text.strip(" ,，"))
    return words[0].lower() in _VENUES or (len(words) <= 2 and words[0].isupper())
