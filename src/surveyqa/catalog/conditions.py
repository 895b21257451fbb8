"""Conditions that a question puts on papers: category, venue, track, year, title, code, order.

Each function takes what it understands out of a `Rest` and returns the `SetQuestion` with it filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from surveyqa.catalog import wording as w
from surveyqa.catalog.parsing import CategoryPath
from surveyqa.catalog.store import Catalog

Kind = Literal["set", "count", "compare", "lookup", "categories", "rank", "frameworks"]
Language = Literal["en", "zh"]
YearRange = tuple[int | None, int | None]  # of years, or of months counted from the year 0
Tracks = tuple[str | None, ...]

# The conference itself: its short papers are in the same proceedings; workshops, Findings and demos are not.
MAIN: Tracks = (None, "short")


@dataclass(frozen=True)
class SetQuestion:
    """A question on the list, read.

    kind:       set ("which papers ..."), count, compare ("more of A or of B"), lookup (a field of named
                papers), categories (what is below a category), rank ("which venue has the most", "how many
                a year"), frameworks (the list's table).
    explicit:   it is surely about the list (its words are all accounted for); False: it may be, and the
                survey's text may say more.
    categories: paths, any of which counts; both: all of them must hold.
    venues:     any of which counts; no_venues: none of them may; tracks: allowed tracks, None for all.
    pairs:      venues each with its own year ("OSDI 2022 and SOSP 2023"), any of which counts.
    years:      ranges (first, last), None for open, any of which counts.
    months:     the same of the months that arXiv ids tell (2402 is February 2024); the list gives no others.
    text:       words that must stand in the title: of each group at least one; begins: at its start.
    by_code:    counted with and without code: "how many have code and how many don't?"
    repeated:   only papers with more than one entry, or in more than one category.
    order:      only the oldest or newest; limit: so many of them, else all of the first year.
    entries:    the list's entries are meant, duplicates included, not distinct papers.
    fields:     what a look-up, rank, categories or frameworks question asks for.
    names:      keys of the papers a look-up is about, or of which a set is made; asked: how the question
                calls them.
    unknown:    venues or papers that were asked for and are not on the list.
    sites:      hosts that the paper's link leads to ("www.reddit.com"), any of which counts.
    but:        sets that are taken away: "besides the weight-only ones".
    within:     the set that is narrowed: "only those from 2024"; also_whole: whose count was asked for too,
                as in "how many are there, and which have code?"
    besides:    words that say more of a category than the list knows of its papers; the reader is told.
    """

    question: str
    kind: Kind
    explicit: bool
    language: Language
    categories: tuple[CategoryPath, ...] = ()
    both: bool = False
    venues: tuple[str, ...] = ()
    pairs: tuple[tuple[str, int], ...] = ()
    no_venues: tuple[str, ...] = ()
    tracks: Tracks | None = None
    years: tuple[YearRange, ...] = ()
    months: tuple[YearRange, ...] = ()
    text: tuple[tuple[str, ...], ...] = ()
    begins: bool = False
    has_code: bool | None = None
    by_code: bool = False
    has_arxiv: bool | None = None
    repeated: Literal["entries", "categories"] | None = None
    order: Literal["oldest", "newest"] | None = None
    limit: int | None = None
    entries: bool = False
    fields: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    asked: str = ""
    unknown: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    but: tuple[SetQuestion, ...] = ()
    within: SetQuestion | None = None
    also_whole: bool = False
    besides: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether any condition on papers was understood."""
        some = (
            self.categories
            or self.venues
            or self.pairs
            or self.no_venues
            or self.years
            or self.months
            or self.text
            or self.sites
            or self.but
        )
        flags = (self.has_code, self.has_arxiv, self.repeated, None if self.tracks == MAIN else self.tracks)
        return bool(some or self.unknown) or any(x is not None for x in flags)


ALL = 10**6  # as a limit: all papers, only their order is asked for


class Rest:
    """What of a question (`whole`) is not accounted for yet. What is taken becomes spaces: offsets stay."""

    def __init__(self, text: str) -> None:
        self.text = self.whole = text

    def take(self, start: int, end: int) -> None:
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def match(self, pattern: re.Pattern[str] | w.Wording) -> re.Match[str] | None:
        """The first match of `pattern`, which is taken."""
        found = pattern.search(self.text)
        if found:
            self.take(*found.span())
        return found

    def drop(self, pattern: re.Pattern[str] | w.Wording) -> None:
        """Take every match of `pattern`."""
        while self.match(pattern):
            pass

    def words(self, besides: frozenset[str] = frozenset(), besides_zh: w.Wording | None = None) -> list[str]:
        """Words left over that are not mere wording, neither that of `besides`."""
        latin = re.findall(r"[A-Za-z][\w'’.+-]*[\w+]|[A-Za-z]|\d[\w.%]*", self.text)
        han = w.EMPTY_ZH.sub(" ", besides_zh.sub(" ", self.text) if besides_zh else self.text)
        chinese = re.findall(r"[\u3400-\u9fff]+", han)
        return [x for x in latin if not is_empty(x) and x.casefold() not in besides] + chinese


def language_of(text: str) -> Language:
    """Chinese as soon as one letter in four is: the rest are names."""
    return (
        "zh" if len(re.findall(r"[\u3400-\u9fff]", text)) * 3 > len(re.findall(r"[A-Za-z]", text)) else "en"
    )


def is_empty(word: str) -> bool:
    """Whether an English word says nothing about which papers are meant."""
    word = word.casefold()
    return word in w.EMPTY or re.sub(r"['’.]s?$", "", word) in w.EMPTY or _misspelt_wording(word)


@lru_cache(maxsize=4096)  # people ask in much the same words
def _misspelt_wording(word: str) -> bool:
    """ "wats", "publishd", "categroy": near a word of asking."""
    import difflib

    return len(word) >= 4 and bool(difflib.get_close_matches(word, w.MISSPELT, n=1, cutoff=0.85))


# ---- title, code, repetition --------------------------------------------------------------------


def title_words(rest: Rest, asked: SetQuestion, catalog: Catalog) -> SetQuestion:
    """ "whose title mentions LoRA", 'with "KV" and "cache" in the title', 标题以 Scaling 开头."""
    found = w.TITLE_HAS.search(rest.text)
    if not found:
        return asked
    negated = found["neg"] or w.TITLE_NOT.search(rest.text[: found.start()] + found[0].split()[0])
    name, value = next((k, v) for k, v in found.groupdict().items() if v and k != "neg")
    begin = found.start(name)
    quoted = list(w.QUOTED.finditer(value))
    if quoted:
        groups, end = _quoted_terms(value, quoted)
        rest.take(begin, begin + end)
    else:
        stop = w.TITLE_END.search(value)
        value = w.TITLE_EDGES.sub("", (value[: stop.start()] if stop else value).strip())
        at = rest.text.index(value, begin)
        rest.take(at, at + len(value))
        groups = _title_terms(value, catalog)
    if re.match(
        r"\s*(?:words? |terms? )?(?:in (?:the|its|their) titles? )?(?:and|with|plus)(?: with)? code\b",
        rest.text[found.end() :],
    ):
        asked = replace(asked, has_code=True)
    begins = bool(w.TITLE_BEGINS.search(found[0]))
    rest.drop(w.TITLE_WORDING)
    bare = (tuple(term.strip(" \"'“”‘’") for term in group) for group in groups)
    groups = tuple(group for group in bare if all(group))
    if groups and negated:
        without = SetQuestion("", "set", True, asked.language, text=groups, begins=begins)
        return replace(asked, but=(*asked.but, without))
    return replace(asked, text=groups, begins=begins) if groups else asked


Terms = tuple[tuple[str, ...], ...]


def _quoted_terms(value: str, quoted: Sequence[re.Match[str]]) -> tuple[Terms, int]:
    """The terms in quotation marks that follow each other, and where the last of them ends."""
    terms, between, end = [quoted[0]["q"] or quoted[0]["single"]], "", quoted[0].end()
    for a, b in pairwise(quoted):
        if not w.JOINED.fullmatch(value[a.end() : b.start()]):
            break
        between, end = value[a.end() : b.start()], b.end()
        terms.append(b["q"] or b["single"])
    return (tuple(terms),) if w.EITHER.search(between) else tuple((t,) for t in terms), end


def _title_terms(value: str, catalog: Catalog) -> Terms:
    """ "MoE or Mixture-of-Experts" is either, "KV and cache" are both, unless a title has it as it stands."""
    if any(value.lower() in paper.title.lower() for paper in catalog.papers):
        return ((value,),)
    either = [x for x in w.EITHER.pattern.split(value) if x and x.strip()]
    if len(either) > 1:
        return (tuple(either),)
    return tuple((x,) for x in w.AND.pattern.split(re.sub(r"(?i)^both ", "", value)) if x and x.strip())


def code(rest: Rest, asked: SetQuestion) -> SetQuestion:
    if rest.match(w.CODE_OR_NOT):
        return replace(asked, by_code=True)
    if rest.match(w.CODE_NO):
        return replace(asked, has_code=False)
    if rest.match(w.CODE_YES):
        return replace(asked, has_code=True)
    return asked


def repeated(rest: Rest, asked: SetQuestion) -> SetQuestion:
    """Listed twice, in several categories; with or without an arXiv id."""
    if rest.match(w.MANY_CATEGORIES):
        asked = replace(asked, repeated="categories")
    elif rest.match(w.REPEATED):
        asked = replace(asked, repeated="entries")
    if rest.match(w.NO_ARXIV):
        asked = replace(asked, has_arxiv=False)
    elif rest.match(w.WITH_ARXIV):
        asked = replace(asked, has_arxiv=True)
    return asked


# ---- categories ---------------------------------------------------------------------------------


def categories(rest: Rest, asked: SetQuestion, catalog: Catalog) -> SetQuestion:
    """ "A and B papers" are those of either; "papers in both A and B", and A beside B, those of both."""
    hits = [h for h in catalog.categories_in(rest.text) if not w.IDIOM.search(rest.text[: h[1]])]
    if not hits:
        return asked
    hits = _with_elided(rest.text, hits, catalog)
    for begin, end, path in hits:
        rest.take(begin, end + _tail_of_above(rest.text[end : end + 4], path, catalog))
    paths = list(dict.fromkeys(path for _, _, path in hits))
    for like in w.LIKE_A_PAPER.pattern.finditer(rest.text):
        # "LoRA-type low-rank adaptation": the paper is one of the category's
        places = [place for paper in catalog.find(like["name"]) for place in paper.categories]
        if any(place[: len(path)] == path for place in places for path in paths):
            rest.take(*like.span())
    # "post-training quantization, weight-only": the deeper one is meant.
    deep = [p for p in paths if not any(q != p and q[: len(p)] == p for q in paths)]
    between = [rest.text[a[1] : b[0]] for a, b in pairwise(h for h in hits if h[2] in deep)]
    joined = all(w.JOINED.fullmatch(x) or w.THE_ONE.fullmatch(x) for x in between)
    both = len(deep) > 1 and (not joined or bool(w.BOTH.search(rest.whole)))
    return replace(asked, categories=tuple(deep), both=both)


def _tail_of_above(after: str, path: CategoryPath, catalog: Catalog) -> int:
    """How many letters of `after` end the name of a category above `path`: 注意力 after 可学习模式."""
    above = [name for n in range(1, len(path)) for name in catalog.names_of(path[:n])]
    ends = (n for n in (4, 3, 2) if re.fullmatch(rf"[\u3400-\u9fff]{{{n}}}", after[:n]))
    return next((n for n in ends if any(name.endswith(after[:n]) for name in above)), 0)


Hit = tuple[int, int, CategoryPath]


def _with_elided(text: str, hits: Sequence[Hit], catalog: Catalog) -> list[Hit]:
    """The hits, and those whose last words are said only once: "white-box or black-box distillation"."""
    found: list[Hit] = []
    for begin, end, path in hits:
        if found and w.FOR.search(
            text[found[-1][0] : found[-1][1]]
        ):  # "data selection for pre-training or fine-tuning"
            head = w.FOR.pattern.split(text[found[-1][0] : found[-1][1]])[0]
            own = catalog.categories_in(f"{head} for {text[begin:end]}")
            if w.JOINED.fullmatch(text[found[-1][1] : begin]) or w.THE_ONE.fullmatch(
                text[found[-1][1] : begin]
            ):
                path = own[0][2] if len(own) == 1 else path
        before = w.ELIDED.search(text[:begin])
        if before and not any(a < before.end("word") and before.start("word") < b for a, b, _ in hits):
            heads = re.findall(r"[\w-]+", text[begin:end].replace("-", " "))
            for n in range(1, len(heads)):
                own = catalog.categories_in(f"{before['word']} {' '.join(heads[n:])}")
                if len(own) == 1 and own[0][0] == 0 and own[0][2] != path:
                    found.append((*before.span("word"), own[0][2]))
                    break
        found.append((begin, end, path))
    return found


# ---- venues -------------------------------------------------------------------------------------


def venues(rest: Rest, asked: SetQuestion, catalog: Catalog, about_papers: bool) -> SetQuestion:
    """Venues with their tracks and the years written on them ("SOSP'23"); venues excluded, or unknown.

    about_papers: the question speaks of papers, so that a word near a venue's name is one.
    """
    reviewed = bool(
        w.REVIEWED.search(rest.text)
    )  # "at a proper venue": before "proper" is read as no workshop
    rest.drop(w.REVIEWED)
    tracks = _tracks(rest)
    known = catalog.venues
    wanted: list[str] = []
    absent: list[str] = []
    excluded: list[str] = []
    pairs: list[tuple[str, int]] = []
    if rest.match(w.ENLSP):
        wanted, tracks = ["NeurIPS"], ("workshop",)
    for printed, (held, track) in printed_venues(catalog).items():
        # The list's own spelling of a track: "ACL SRW", "AACL-Findings".
        if found := rest.match(re.compile(rf"(?<!\w){printed}(?!\w)", re.IGNORECASE)):
            wanted.append(held)
            tracks = tuple(dict.fromkeys((*(tracks or ()), track))) if track else tracks
    last_out = -1  # where the name of a venue that was excluded just before ends
    for found in list(w.VENUE.finditer(rest.text)):
        venue = venue_name(found["name"], known, about_papers or bool(found["year"]))
        if not venue:
            continue
        before = rest.text[: found.start()]
        # "neither arXiv nor NeurIPS", "except ACL and ICML": the second goes with the first.
        out = bool(w.EXCLUDED.search(before)) or (
            last_out >= 0 and bool(w.SECOND_EXCLUDED.fullmatch(rest.text[last_out : found.start()]))
        )
        last_out = found.end("name") if out else -1
        into = excluded if out else wanted if venue.lower() in known else absent
        into.append(venue)
        rest.take(found.start("name"), found.end("name"))
        if found["year"]:
            digits = found["year"].strip("'’ ")
            pairs.append((venue, int(digits) if len(digits) == 4 else 2000 + int(digits)))
            rest.take(*found.span("year"))
    if reviewed and set(wanted) <= {"arXiv"}:
        rest.drop(w.PREPRINTS)
        wanted, excluded = [], [*excluded, "arXiv", "Blog", "Website"]
    if rest.match(w.PREPRINTS) and not wanted:
        wanted.append("arXiv")
    if rest.match(w.BLOGS):
        wanted.append("Blog")
    if "website" in known and rest.match(w.WEBSITES):
        wanted.append(known["website"])
    sites = asked.sites or _sites(rest, catalog)
    if tracks is None and wanted and catalog.side_venues.issuperset(wanted):
        tracks = tuple(dict.fromkeys(p.track for p in catalog.papers if p.venue in wanted))
    if tracks is None and (wanted or asked.tracks) and wanted != ["arXiv"]:
        tracks = MAIN
    years = tuple(dict.fromkeys((year, year) for _, year in pairs))
    own = len(years) > 1 and {venue for venue, _ in pairs} == set(wanted)
    return replace(
        asked,
        venues=tuple(dict.fromkeys(wanted)),
        no_venues=tuple(excluded),
        tracks=tracks,
        years=() if own else years,
        pairs=tuple(pairs) if own else (),
        unknown=asked.unknown + tuple(dict.fromkeys(absent)),
        sites=sites,
    )


@lru_cache(maxsize=4)  # a look at every paper
def printed_venues(catalog: Catalog) -> dict[str, tuple[str, str | None]]:
    """Patterns of venues that the list prints with a track's name, with venue and track, longest first."""
    found: dict[str, tuple[str, str | None]] = {}
    for paper in catalog.papers:
        name = re.sub(r"[,\s]*\d{4}\s*$", "", paper.printed).strip()
        if paper.venue and name.lower().startswith(paper.venue.lower()):
            parts = re.findall(r"\w+", name)
            if len(parts) > 1 and parts[-1].lower() not in ("findings", "workshop") and name != paper.venue:
                found[r"[\s-]*".join(parts)] = (paper.venue, paper.track)
    return dict(sorted(found.items(), key=lambda x: -len(x[0])))


def repositories(rest: Rest, asked: SetQuestion, catalog: Catalog) -> SetQuestion:
    """Papers whose own link is a repository: "which entries only link a GitHub repo?" """
    hosts = _hosts(catalog).get("github", ())
    return replace(asked, sites=hosts) if hosts and rest.match(w.GITHUB_PAPERS) else asked


def _sites(rest: Rest, catalog: Catalog) -> tuple[str, ...]:
    """Hosts of papers' links that are named: "a reddit post", "links to openreview"."""
    if not w.SITES.search(rest.text):
        return ()
    for site, hosts in _hosts(catalog).items():
        # The rest are words, or so common that naming them asks for something else.
        plain_name = len(site) >= 5 and site not in ("arxiv", "github", "google", "neurips", "computer")
        if plain_name and rest.match(
            re.compile(rf"(?<![A-Za-z]){re.escape(site)}(?:\.\w{{2,3}})?(?![A-Za-z])", re.I)
        ):
            rest.drop(w.SITES)
            return hosts
    return ()


@lru_cache(maxsize=4)  # a look at every paper
def _hosts(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Hosts of the papers' own links by site: "openreview" -> ("openreview.net",)."""
    found: dict[str, dict[str, None]] = {}
    for paper in catalog.papers:
        host = re.match(r"https?://([^/]+\.[^/]+)", paper.url or "")
        if host:
            found.setdefault(host[1].split(".")[-2].lower(), {})[host[1]] = None
    return {site: tuple(hosts) for site, hosts in found.items()}


def _tracks(rest: Rest) -> Tracks | None:
    """Which tracks were asked for; None where nothing was said."""
    if rest.match(w.NO_WORKSHOPS):
        return MAIN
    tracks: Tracks | None = None
    if rest.match(w.WORKSHOPS_TOO):
        tracks = (*MAIN, "workshop")
    elif rest.match(w.WORKSHOPS):
        rest.drop(w.WORKSHOPS)
        tracks = ("workshop", "demo") if rest.match(w.OR_DEMOS) else ("workshop",)
    if rest.match(w.FINDINGS_TOO):
        return (*(tracks or MAIN), "findings")
    if rest.match(w.FINDINGS):
        rest.drop(w.FINDINGS)
        return ("findings",)
    return ("demo",) if rest.match(w.DEMOS) else tracks


def venue_name(word: str, known: dict[str, str], about_papers: bool) -> str | None:
    """The venue that a word names: exactly, in other letters, or with a typo; None for no venue.

    known: as from `Catalog.venues`. A venue that is not on the list is returned as written.
    """
    lower = word.lower()
    nick = w.VENUE_NICKNAMES.get(lower)
    if nick and nick.lower() in known and (lower != "atc" or word.isupper()):
        return nick
    venue = known.get(lower)
    if venue in w.SHORT_VENUES:
        return venue if word == venue or word.isupper() or (lower == "acl" and about_papers) else None
    if venue:
        return venue
    if word in w.OTHER_VENUES:
        return word if about_papers or word not in w.OTHER_VENUES_THAT_ARE_WORDS else None
    return _misspelt_venue(word, known) if about_papers and len(word) >= 4 and not is_empty(word) else None


def _misspelt_venue(word: str, known: dict[str, str]) -> str | None:
    """ "NeruIPS", "ICRL": the same letters in another order, or near and plainly a name."""
    import difflib

    lower = word.lower()
    proper = [v for v in known if len(v) >= 4 and known[v] not in w.SHORT_VENUES]
    for venue in proper:
        if sorted(venue) == sorted(lower):
            return known[venue]
    near = difflib.get_close_matches(lower, proper, n=1, cutoff=0.75)
    if near and lower[0] == near[0][0] and (word.isupper() or near[0] in w.VENUES_THAT_ARE_NO_WORDS):
        return known[near[0]]
    return None


# ---- years and order ----------------------------------------------------------------------------


def years(rest: Rest, asked: SetQuestion) -> SetQuestion:
    ranges = _spans(rest, w.YEAR_RULES, w.YEAR, int)
    return replace(asked, years=tuple(dict.fromkeys((*asked.years, *ranges))))


def months(rest: Rest, asked: SetQuestion) -> SetQuestion:
    """ "that went up on arXiv in February 2024", "arXiv ids starting with 2402", 2024 年 2 月."""
    ranges = _spans(rest, w.MONTH_RULES, w.MONTH, month_number)
    while found := rest.match(w.ARXIV_STEM):
        stem = next(g for g in found.groups() if g)
        ranges.append((month_number(f"20{stem[:2]}-{stem[2:]}"),) * 2)
    if ranges and not w.ONLY_PREPRINTS.search(rest.text):
        rest.drop(w.ON_ARXIV)  # it says where the month is from, and names no venue
    return replace(asked, months=tuple(dict.fromkeys(ranges)))


def month_number(written: str) -> int:
    """ "2024-02" counted from the year 0, so that the next month is the next number."""
    return int(written[:4]) * 12 + int(written[5:7]) - 1


def _spans(
    rest: Rest,
    rules: Sequence[tuple[str, w.Wording]],
    single: re.Pattern[str],
    number: Callable[[str], int],
) -> list[YearRange]:
    """The ranges, and then the years or months alone, that are taken out of `rest`."""
    ranges: list[YearRange] = []
    for kind, pattern in rules:
        while found := pattern.search(rest.text):
            ranges += _ranges(kind, [number(g) for g in found.groups() if g], found[0])
            rest.take(*found.span())
    while found := single.search(rest.text):
        ranges.append((number(found[1]), number(found[1])))
        rest.take(*found.span())
    if len(ranges) == 2 and {None} == {x for r in ranges for x in r if x is None}:
        firsts, lasts = ([r[i] for r in ranges if r[i] is not None] for i in (0, 1))
        if len(firsts) == len(lasts) == 1:
            ranges = [(firsts[0], lasts[0])]  # "after 2020 and before 2023"
    return ranges


def _ranges(kind: str, numbers: Sequence[int], written: str) -> list[YearRange]:
    year = numbers[0]
    if kind == "between":
        if w.YEAR_AND_YEAR.search(written):
            return [(n, n) for n in numbers]  # "2019 and 2021", without "between"
        return [(min(numbers), max(numbers))]
    spans: dict[str, YearRange] = {
        "decade": (year, year + 9),
        "before": (None, year - 1),
        "until": (None, year),
        "after": (year + 1, None),
        "since": (year, None),
    }
    return [spans[kind]]


def order(rest: Rest, asked: SetQuestion) -> SetQuestion:
    """The newest or oldest, and how many of them; or all, in the order of their years."""
    if found := rest.match(w.SORTED):
        said = found.groupdict()
        down = (
            (said["first"] or "").lower() in ("newest", "latest", "most recent")
            or said["down"]
            or said["zh_down"]
        )
        return replace(asked, order="newest" if down else "oldest", limit=ALL)
    newest, oldest = w.NEWEST.search(rest.text), w.OLDEST.search(rest.text)
    top = rest.match(w.TOP) if newest or oldest else None
    number = next(g for g in top.groups() if g).lower() if top else ""
    limit = int(number) if number.isdigit() else w.NUMBERS.get(number)
    rest.drop(w.NEWEST)
    rest.drop(w.OLDEST)
    return replace(asked, order="newest" if newest else "oldest" if oldest else None, limit=limit)


# ---- all of them --------------------------------------------------------------------------------


def take_all(rest: Rest, asked: SetQuestion, catalog: Catalog, about_papers: bool) -> SetQuestion:
    """Every condition that `rest` holds, taken out of it.

    about_papers: the question speaks of papers, so that a word near a venue's name is one.
    """
    asked = replace(asked, entries=bool(w.ENTRIES.search(asked.question)))
    asked = order(rest, asked)
    asked = months(rest, asked)
    number = w.NUMBER_OF_PAPERS.search(rest.text)
    before = re.search(r"([A-Za-z]+) $", rest.text[: number.start()]) if number else None
    if number and not (before and venue_name(before[1], catalog.venues, True)):  # but "EMNLP 22 papers"
        rest.take(*number.span())
    rest.drop(w.WITH_DUPLICATES)
    asked = title_words(rest, asked, catalog)
    asked = repeated(rest, asked)
    asked = code(rest, asked)
    asked = categories(rest, asked, catalog)
    asked = venues(rest, asked, catalog, about_papers)
    if asked.has_code is None and not asked.by_code and rest.match(w.CODE_WORD):
        asked = replace(asked, has_code=True)  # "SSM papers, code available?", in words that say no more
    return years(rest, asked)


def dimension(asked: SetQuestion) -> tuple[SetQuestion, ...]:
    """The question once for each value of what it gives several values of; () where there is no such.

    "How many from ICLR and ICML in 2023" is one for ICLR and one for ICML.
    """
    if asked.by_code:
        return tuple(replace(asked, by_code=False, has_code=has) for has in (True, False))
    if asked.pairs:
        return tuple(replace(asked, pairs=(), venues=(v,), years=((y, y),)) for v, y in asked.pairs)
    if len(asked.categories) > 1 and not asked.both:
        return tuple(replace(asked, categories=(path,)) for path in asked.categories)
    if len(asked.venues) > 1:
        return tuple(replace(asked, venues=(venue,), unknown=()) for venue in asked.venues)
    if len(asked.years) > 1:
        return tuple(replace(asked, years=(span,)) for span in asked.years)
    if len(asked.months) > 1:
        return tuple(replace(asked, months=(span,)) for span in asked.months)
    return ()
