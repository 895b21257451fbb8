"""Names and checks of the corpus's files: none replaces another before it is what it should be."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from surveyqa.errors import SourceError

SURVEY, LIST, ABSTRACTS = "survey.pdf", "paper-list.md", "abstracts.jsonl"
FILES = (SURVEY, LIST, ABSTRACTS)


@dataclass(frozen=True)
class Synced:
    """A file of the corpus after a sync; `changed` tells whether its content is new here."""

    name: str
    sha256: str
    size: int  # bytes
    changed: bool


@dataclass(frozen=True)
class Wanted:
    """A paper whose abstract is wanted.

    title: as the list has it, by which an abstract is known again; urls: where it is published, best first;
    reviewed: a person has checked that `arxiv_id` is this paper's, whatever its title there.
    """

    key: str
    title: str
    arxiv_id: str | None = None
    urls: tuple[str, ...] = ()
    reviewed: bool = False


ReadList = Callable[[str], Sequence[Wanted]]  # the papers of a list's text; raises SourceError


def check_survey(path: Path, title: str) -> None:
    """Raises SourceError unless `path` is a whole PDF with `title` on its first page."""
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, path.stat().st_size - 2048))
        tail = file.read()
    if b"%PDF-" not in head:
        raise SourceError(f"{path} is no PDF (it begins with {head[:12]!r}). Fetch it again.")
    if b"%%EOF" not in tail:
        raise SourceError(f"{path} is a PDF that breaks off before its end. Fetch it again.")
    first = _first_page(path)
    if letters(title) not in letters(first):
        raise SourceError(
            f"{path} is another paper: its first page begins with {' '.join(first.split())[:60]!r}, "
            f"not with {title!r}. Fetch it again."
        )


def _first_page(path: Path) -> str:
    from pypdf import PdfReader

    try:
        return str(PdfReader(path).pages[0].extract_text())
    except Exception as error:  # pypdf raises many kinds on a broken file
        raise SourceError(
            f"{path} is a PDF that cannot be read ({type(error).__name__}). Fetch it again."
        ) from error


def check_list(path: Path) -> None:
    """Raises SourceError unless `path` is text with headings and bullets; the catalogue reads it closer."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 text ({error}). Fetch it again.") from error
    if "# " not in text or "- " not in text:
        raise SourceError(f"{path} holds no headings with entries below them. Fetch the paper list again.")


def check_abstracts(path: Path) -> None:
    """Raises SourceError unless each line of `path` is an abstract."""
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):  # noqa: B007 (for the message)
                if line.strip() and not {"title", "abstract"} <= json.loads(line).keys():
                    raise ValueError("no title or no abstract")
    except (ValueError, AttributeError) as error:
        raise SourceError(f"{path}, line {number} is not an abstract ({error}). Fetch it again.") from error


def check(path: Path, title: str) -> None:
    """Raises SourceError unless the file is what its name says; `title`: of the survey."""
    if path.name == SURVEY:
        check_survey(path, title)
    elif path.name == LIST:
        check_list(path)
    else:
        check_abstracts(path)


def aside(target: Path) -> Path:
    """Where the content of `target` is written before it takes its place."""
    return target.with_name(f".{target.name}-{os.getpid()}")


def sweep(folder: Path) -> None:
    """Remove what a killed run left aside; only under the folder's lock."""
    for name in (*FILES, "lock.json"):
        for left in folder.glob(f".{name}-*"):
            left.unlink(missing_ok=True)


def replace(target: Path, content: bytes, check: Callable[[Path], None] = lambda path: None) -> None:
    """Put `content` in the place of `target`, all or nothing, once `check` has passed it."""
    new = aside(target)
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        check(new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def letters(text: str) -> str:
    """Letters and digits of `text`, lower case."""
    return re.sub(r"[\W_]+", "", text.lower())


def same_title(listed: str, found: str) -> bool:
    """Whether two titles are of one paper, as far as titles tell.

    Equal but for some letters, or one begins with or holds the other, or both begin with the same name
    before a colon ("OWQ: ..."): papers are renamed from version to version, names stay.
    """
    a, b = letters(listed), letters(found)
    if not a or not b:
        return False
    short, long = sorted((a, b), key=len)
    name_a, name_b = _name(listed), _name(found)
    return (
        (len(short) >= 15 and short in long)
        or (len(name_a) >= 3 and name_a == name_b)
        or SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.85
    )


def _name(title: str) -> str:
    """What stands before a colon; "LoRA+" is not "LoRA"."""
    name, colon, _ = title.partition(":")
    return letters(name.replace("+", "plus")) if colon else ""
