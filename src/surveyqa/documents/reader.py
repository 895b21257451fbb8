"""Read a PDF in this process (`pdf.read_pdf` starts one for it): pages, then blocks, then references."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveyqa.documents import Document, DocumentKind
from surveyqa.documents.bibliography import read_references
from surveyqa.documents.drafts import Heading
from surveyqa.documents.flow import Flow, place_floats, sort_pages
from surveyqa.documents.glyphs import PageGlyphs, named_places, read_page
from surveyqa.documents.icons import Icons
from surveyqa.documents.layout import body_size
from surveyqa.documents.links import Links
from surveyqa.documents.text import join, string
from surveyqa.errors import DocumentError

MOST_PAGES = 3000
MOST_BYTES = 300_000_000
Progress = Callable[[int, int], None]  # (pages read, pages in all)
_STAMP = re.compile(r"arXiv:(\d{4}\.\d{4,5})(?:v\d+)?\s*\[[\w.-]+\]\s*\d{1,2}\s+\w{3}\s+(\d{4})")
_NOBODY = {"", "anonymous", "unknown", "author", "admin", "administrator", "user", "root"}
_NO_TITLE = re.compile(r"^$|untitled|^microsoft word|\.(docx?|tex|dvi|pdf|indd|qxd)$", re.I)


@dataclass(frozen=True)
class Source:
    """What pdfium told of a PDF, before any meaning is given to it."""

    pages: tuple[PageGlyphs, ...]
    outline: tuple[Heading, ...]
    places: dict[tuple[int, int, int], str]
    metadata: dict[str, str]
    warnings: tuple[str, ...]
    stamp: str = ""  # of arXiv, in the margin of the first page: "arXiv:2312.03863v4 [cs.CL] 23 May 2024"


def open_pdf(path: Path) -> Any:
    """The pypdfium2 document at `path`. Raises DocumentError if it is none, or needs a password."""
    import pypdfium2

    if not path.is_file():
        raise DocumentError(f"There is no file '{path}' - check the path")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DocumentError(
            f"'{path.name}' has {size // 1_000_000} MB, more than {MOST_BYTES // 1_000_000} - split it first"
        )
    try:
        return pypdfium2.PdfDocument(str(path))
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            cure = "save a copy without the password (qpdf --decrypt), then add that"
            raise DocumentError(f"'{path.name}' is encrypted and needs a password - {cure}") from error
        raise DocumentError(
            f"'{path.name}' is not a PDF, or is cut short or damaged - download it again"
        ) from error


def read_source(path: Path, *, skip: Collection[int] = (), progress: Progress | None = None) -> Source:
    """All pages of the PDF at `path` but those of `skip` (1-based), which become warnings."""
    pdf = open_pdf(path)
    try:
        count = len(pdf)
        if count == 0:
            raise DocumentError(f"'{path.name}' has no pages - download it again")
        warnings = [f"page {number} could not be read" for number in sorted(skip)]
        if count > MOST_PAGES:
            warnings.append(f"only the first {MOST_PAGES} of {count} pages were read")
            count = MOST_PAGES
        icons = Icons(path)
        pages = []
        for number in range(1, count + 1):
            if progress is not None:
                progress(number, count)
            if number in skip:
                continue
            read = _page(pdf, number)
            if read is None:
                warnings.append(f"page {number} could not be read")
            else:
                pages.append(icons.drawn(read))
        warnings += _without_text(pages, path.name)
        stamp = _stamp(pdf) if 1 not in skip else ""
        outline = tuple(_outline(pdf))
        return Source(tuple(pages), outline, named_places(pdf), _metadata(pdf), tuple(warnings), stamp)
    finally:
        pdf.close()


def _page(pdf: Any, number: int) -> PageGlyphs | None:
    import pypdfium2

    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        return None
    try:
        return read_page(pdf, page, number)
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        return None
    finally:
        page.close()


def _stamp(pdf: Any) -> str:
    import pypdfium2

    try:
        textpage = pdf[0].get_textpage()
        text = textpage.get_text_range(0, min(textpage.count_chars(), 20_000))
        textpage.close()
    except pypdfium2.PdfiumError:
        return ""
    match = _STAMP.search(text)
    return match.group() if match else ""


def _without_text(pages: list[PageGlyphs], name: str) -> list[str]:
    """A warning for the pages that are pictures. Raises DocumentError if no page has text."""
    if not any(page.glyphs for page in pages):
        raise DocumentError(
            f"'{name}' has no text on any page ({len(pages)} read) - if it is scanned, "
            "make it searchable first (for example with ocrmypdf)"
        )
    empty = [page.number for page in pages if not page.glyphs and page.has_image]
    if not empty:
        return []
    shown = ", ".join(map(str, empty[:10])) + (f" and {len(empty) - 10} more" if len(empty) > 10 else "")
    return [f"no text on page {shown}: scanned?"]


def _outline(pdf: Any) -> list[Heading]:
    found = []
    for count, item in enumerate(pdf.get_toc(max_depth=8)):
        if count >= 2000:
            break
        dest = item.get_dest()
        page = dest.get_index() if dest else None
        if page is None:
            continue
        _, view = dest.get_view()
        title = " ".join((item.get_title() or "").split())
        if title:
            found.append(Heading(item.level, title, page + 1, view[1] if len(view) > 1 else None))
    return found


def _metadata(pdf: Any) -> dict[str, str]:
    return {key: " ".join(str(value).split()) for key, value in pdf.get_metadata_dict().items() if value}


def read_here(
    path: str | Path,
    *,
    key: str = "survey",
    kind: DocumentKind = "survey",
    title: str | None = None,
    authors: str | None = None,
    year: int | None = None,
    skip: Collection[int] = (),
    progress: Progress | None = None,
) -> Document:
    """Read the PDF at `path`. What is not given of title, authors and year is guessed from the PDF."""
    path = Path(path)
    source = read_source(path, skip=skip, progress=progress)
    return assemble(source, key, kind, title, authors, year, path.stem).document


@dataclass(frozen=True)
class Assembly:
    """A document with what it was made from, for `audit`."""

    document: Document
    flow: Flow
    links: Links
    keys: dict[str, str]  # name of a place -> key of the reference there


def assemble(
    source: Source,
    key: str,
    kind: DocumentKind,
    title: str | None,
    authors: str | None,
    year: int | None,
    fallback: str,
) -> Assembly:
    links = Links(source.pages, source.places)
    flow = Flow(sort_pages(source.pages), source.outline, body_size(source.pages), links)
    drafts = place_floats(flow.read())
    references, keys = read_references(flow.references, source.places, links, flow.words)
    made = re.search(r"D:((?:19|20)\d\d)", source.metadata.get("CreationDate", ""))
    stamp = _STAMP.match(source.stamp)
    guess = int(stamp.group(2)) if stamp else int(made.group(1)) if made else None
    document = Document(
        key,
        kind,
        title or _title(source, flow) or fallback,
        tuple(draft.block(links.cites(draft.chars, keys)) for draft in drafts if draft.chars),
        authors or _author(source),
        year or guess,
        stamp.group(1) if stamp else None,
        f"https://arxiv.org/abs/{stamp.group(1)}" if stamp else None,
        references=tuple(references),
        page_count=len(source.pages),
        warnings=source.warnings,
    )
    return Assembly(document, flow, links, keys)


def _author(source: Source) -> str | None:
    told = source.metadata.get("Author", "")
    return None if told.lower() in _NOBODY else told


def _title(source: Source, flow: Flow) -> str:
    """The title of the metadata, else the largest print of the first page."""
    told = source.metadata.get("Title", "")
    if not _NO_TITLE.search(told):
        return told
    first = flow.pages[0].body if flow.pages else []
    lines = [line for line in first if sum(char.isalpha() for char in line.text) > 2]
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    return string(join([line for line in lines if line.size > largest - 0.5][:4], flow.words))[:300]


def texts_here(
    path: str | Path, *, skip: Collection[int] = (), progress: Progress | None = None
) -> tuple[str, ...]:
    """The text of each page as printed, line by line; pages that cannot be read are empty."""
    source = read_source(Path(path), skip=skip, progress=progress)
    flows = {flow.page.number: flow for flow in sort_pages(source.pages)}
    last = max(flows, default=0)
    return tuple(
        "\n".join(line.plain for line in flows[number].lines()) if number in flows else ""
        for number in range(1, last + 1)
    )
