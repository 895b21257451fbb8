"""Abstracts (JSON lines) as documents: one block each, the paper's title as its context."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from surveyqa.documents import Block, Document
from surveyqa.errors import SourceError


def read_abstracts(path: Path, keys: Mapping[str, str]) -> tuple[Document, ...]:
    """Read `path`, lines of {"title", "abstract", "arxiv_id", "url", "truncated"}.

    keys: normalised title (see `normal_title`) to catalogue key; a paper that is not in the catalogue
    is named by its own title.
    """
    documents = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}. Fetch it again: surveyqa sync") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            title, text = _clean(row["title"]), _clean(row["abstract"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SourceError(
                f"{path}, line {number} is not an abstract ({error}). Fetch it again: surveyqa sync"
            ) from error
        if not text:
            continue
        name = normal_title(title)
        documents.append(
            Document(
                key=f"abstract:{keys.get(name) or name[:60]}",
                kind="abstract",
                title=title,
                arxiv_id=_matching(_ARXIV_ID, row.get("arxiv_id")),
                url=_matching(_ADDRESS, row.get("url")),
                blocks=(Block("paragraph", text, path=(title,)),),
                warnings=("the abstract is cut short at its source",) if row.get("truncated") else (),
            )
        )
    return tuple(documents)


_ARXIV_ID = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}")
_ADDRESS = re.compile(r"https?://[^\s<>\"\x00-\x1f\x7f-\x9f]+")


def _matching(form: re.Pattern[str], value: object) -> str | None:
    """`value` where it is what it should be: it is shown as a link."""
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _clean(value: object) -> str:
    """One line of printable text: strangers write abstracts, and terminals obey control characters."""
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNPRINTED.sub(" ", text).split())


# C0 and C1 controls, and what turns the direction of text round
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def normal_title(title: str) -> str:
    """Letters and digits of a title, lower case: what two spellings of one title share."""
    return re.sub(r"[\W_]+", "", title.lower())
