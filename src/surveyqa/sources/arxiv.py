"""Abstracts from arXiv's API: Atom feeds for many ids at once.

https://info.arxiv.org/help/api/user-manual.html; the pace of three seconds is kept by `Web`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveyqa.errors import FetchError

if TYPE_CHECKING:
    from surveyqa.sources.web import Web

BATCH = 100
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Found:
    """An abstract and the title above it; `truncated` where its source cuts it short."""

    title: str
    abstract: str
    url: str
    truncated: bool = False


def fetch(web: Web, api: str, ids: Sequence[str]) -> dict[str, Found]:
    """What arXiv has of `ids` (at most BATCH; "2101.00190", "cs/0112017", "2101.00190v1"), by id as asked.

    An id that arXiv refuses is left out, the others come nonetheless. Raises FetchError.
    """
    from surveyqa.sources.web import MEGABYTE

    try:
        fetched = web.get(
            f"{api}?id_list={','.join(ids)}&max_results={len(ids)}",
            lambda body: read_feed(body, ids),
            size=20 * MEGABYTE,
            accept="application/atom+xml",
        )
        return fetched.value if fetched else {}
    except Refused:
        if len(ids) == 1:
            return {}
        half = len(ids) // 2
        return fetch(web, api, ids[:half]) | fetch(web, api, ids[half:])


class Refused(FetchError):
    """arXiv calls one of the ids wrong, and answers nothing for all of them."""


def read_feed(body: bytes, ids: Sequence[str]) -> dict[str, Found]:
    """Entries of an Atom feed by id. Raises Again where it is none, or empty (arXiv does that at times)."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    from surveyqa.sources.web import Again

    try:
        feed = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FetchError("arXiv's answer declares entities, which no feed needs") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Again(f"arXiv's answer is not a feed (it begins with {body[:20]!r})") from error
    if feed.tag != f"{_ATOM}feed":
        raise Again("arXiv's answer is not a feed")
    asked = {_bare(x): x for x in ids}
    found = {}
    for entry in feed.iter(f"{_ATOM}entry"):
        url, title, abstract = (_text(entry.findtext(f"{_ATOM}{x}")) for x in ("id", "title", "summary"))
        if "/api/errors" in url:
            raise Refused(f"arXiv answers: {abstract}")
        for name in _names(url):
            if name in asked and abstract:
                found[asked[name]] = Found(title, abstract, f"https://arxiv.org/abs/{asked[name]}")
    if not found and len(ids) > 1:
        raise Again("arXiv's answer is an empty feed")
    return found


def _names(url: str) -> Iterator[str]:
    """ "http://arxiv.org/abs/2101.00190v2" as "2101.00190v2" and "2101.00190"."""
    name = _bare(url.partition("/abs/")[2])
    yield name
    head, v, version = name.rpartition("v")
    if v and version.isdigit():
        yield head


def _text(text: str | None) -> str:
    return " ".join((text or "").split())


def _bare(name: str) -> str:
    return name.strip().lower()
