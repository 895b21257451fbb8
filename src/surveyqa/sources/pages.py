"""Abstracts from where a paper is published: OpenReview's API, and the pages of proceedings."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from surveyqa.errors import FetchError
from surveyqa.sources.arxiv import Found

if TYPE_CHECKING:
    from surveyqa.sources.origin import Origin
    from surveyqa.sources.web import Web

SHORTEST = 200  # characters; a description below that is a slogan, not an abstract
LONGEST = 6000

# a PDF's address, as the one of the page that describes it
_LANDING = [
    (r"(aclanthology\.org/[\w.-]+)\.pdf$", r"\1/"),
    (r"(proceedings\.mlr\.press/v\d+/)([\w-]+)/\2(-supp)?\.pdf$", r"\1\2.html"),
    (r"/file/(\w+)-Paper(-?[\w-]*)\.pdf$", r"/hash/\1-Abstract\2.html"),  # NeurIPS, MLSys
    (r"(jmlr\.org/papers/v)olume(\d+)/([\w-]+)/\3\.pdf$", r"\1\2/\3.html"),
    (r"(www\.usenix\.org)/system/files/([a-z]+\d\d)-([\w-]+)\.pdf$", r"\1/conference/\2/presentation/\3"),
]


def landing(url: str) -> str:
    """The page on a paper whose PDF is at `url`; `url` itself where no rule is known."""
    for pattern, page in _LANDING:
        url = re.sub(pattern, page, url)
    return url


def is_arxiv(url: str) -> bool:
    """Whether `url` is a page of arXiv."""
    host = urlsplit(url).hostname or ""
    return host == "arxiv.org" or host.endswith(".arxiv.org")


def fetch(web: Web, origin: Origin, url: str) -> Found:
    """The abstract of the paper at `url`. Raises FetchError where none can be had."""
    parts = urlsplit(url)
    note = parse_qs(parts.query).get("id", [""])[0] if parts.hostname == "openreview.net" else ""
    for api in origin.notes if note else ():
        try:
            fetched = web.get(api.format(id=quote(note, safe="")), lambda body: read_note(body, url))
            if fetched:
                return fetched.value
        except FetchError:
            continue  # the other API, then the page
    page = landing(url) if not note else f"https://openreview.net/forum?id={quote(note, safe='')}"
    fetched = web.get(page, lambda body: read_page(body, page), accept="text/html")
    if fetched is None:
        raise FetchError(f"{page} answers with nothing")
    return fetched.value


def read_note(body: bytes, url: str) -> Found:
    """The first note of OpenReview's answer: content is {"title": {"value": ...}} (API 2) or flat (API 1)."""
    try:
        content = json.loads(body)["notes"][0]["content"]
        title, abstract = (
            str(x["value"] if isinstance(x, dict) else x) for x in (content["title"], content["abstract"])
        )
    except (ValueError, LookupError, TypeError) as error:
        raise FetchError("OpenReview's answer holds no abstract") from error
    return _found(title, abstract, url)


def read_page(body: bytes, url: str) -> Found:
    """The abstract of a page: `citation_abstract`, else what is under "Abstract", else a description."""
    if body[:5] == b"%PDF-":
        raise FetchError(f"{url} is a PDF, not a page with an abstract")
    page = _Page()
    page.feed(body.decode("utf-8", "replace"))
    page.close()
    title = next(
        (page.meta[x] for x in ("citation_title", "dc.title", "og:title") if page.meta.get(x)), page.title
    )
    texts = [page.meta.get("citation_abstract", ""), page.under_heading]
    texts += [
        page.meta.get(x, "") for x in ("dc.description", "dcterms.abstract", "og:description", "description")
    ]
    for text in texts:
        if len(text.strip()) >= SHORTEST:
            return _found(title, text, url)
    raise FetchError(f"{url} holds no abstract")


def _found(title: str, abstract: str, url: str) -> Found:
    abstract = " ".join(re.sub(r"</?[a-zA-Z][^<>]{0,80}>", " ", abstract).split())
    abstract = re.sub(r"^Abstract[\s:.—–-]+", "", abstract)
    if not abstract:
        raise FetchError(f"{url} holds no abstract")
    cut = abstract.endswith(("...", "…")) or len(abstract) > LONGEST
    return Found(" ".join(title.split()), abstract[:LONGEST], url, cut)


class _Page(HTMLParser):
    """Collects meta tags, the title, and what stands between a heading 'Abstract' and the next heading."""

    _HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
    _ENDS = frozenset({"footer", "nav", "form", "table", "section", "dl", "aside"})
    _BLOCKS = frozenset({"p", "div", "li"})
    _HIDDEN = frozenset({"script", "style", "noscript"})

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.title = ""
        self.under_heading = ""
        self._in: str | None = None  # "title", a heading's tag, or a hidden one
        self._heading = ""
        self._collecting = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            row = dict(attrs)
            name, content = row.get("name") or row.get("property"), row.get("content")
            if name and content:
                self.meta.setdefault(name.lower(), content)
        elif tag in self._HEADINGS:
            self._in, self._heading, self._collecting = tag, "", False
        elif tag in self._HIDDEN or (tag == "title" and not self.title):
            self._in = tag
        elif self._collecting and tag in self._ENDS:
            self._collecting = False

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            if tag in self._HEADINGS and not self.under_heading:
                self._collecting = self._heading.strip(" :.").lower() == "abstract"
            self._in = None
        elif self._collecting and tag in self._ENDS:
            self._collecting = False
        elif self._collecting and tag in self._BLOCKS:
            self.under_heading += " "

    def handle_data(self, data: str) -> None:
        if self._in in self._HEADINGS:
            self._heading += data
        elif self._in == "title":
            self.title += data
        elif self._in is None and self._collecting and len(self.under_heading) < LONGEST:
            self.under_heading += data
