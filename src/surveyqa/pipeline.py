"""What is there to read: the originals if they were fetched, else the starter corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from surveyqa import sources
from surveyqa.catalog import Catalog, parse_list
from surveyqa.documents import Document
from surveyqa.documents.abstracts import normal_title, read_abstracts
from surveyqa.documents.added import added_papers
from surveyqa.errors import SourceError
from surveyqa.index import CorpusLabel, Guide
from surveyqa.settings import Settings
from surveyqa.statements import Page, read_pages, read_reviews, starter_documents
from surveyqa.text.hashing import file_hash


@dataclass(frozen=True)
class Corpus:
    """Documents to index, where they come from, and the sha256 of each file."""

    label: CorpusLabel
    documents: tuple[Document, ...]
    hashes: dict[str, str]
    guide: Guide  # what is written ahead of these documents
    warnings: tuple[str, ...] = ()


GUIDE, REVIEWS = "guide", "reviews.jsonl"


def read_catalog(settings: Settings) -> Catalog:
    """The catalogue that goes with the corpus: of the list in the downloads, else the committed one."""
    survey, papers = settings.downloads / sources.SURVEY, settings.downloads / sources.LIST
    if not (survey.is_file() and papers.is_file()):
        return Catalog.load(settings.corpus)
    return catalog_of_list(papers, settings)


def catalog_of_list(path: Path, settings: Settings) -> Catalog:
    """The catalogue of a paper list (Markdown), with this installation's corrections. Raises SourceError."""
    try:
        catalog = _catalog_of(path.read_text(encoding="utf-8"), settings)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {error}. Fetch it again: surveyqa sync") from error
    if not catalog.papers:
        raise SourceError(f"{path} holds no entries of a paper list. Fetch it again: surveyqa sync")
    return catalog


LOST = ("unread", "no-title", "heading-unknown")  # what of a list was not read, or filed as it could be


def unread_of_list(catalog: Catalog) -> tuple[str, ...]:
    """A line for each entry of a list that could not be read, and each heading that its contents lack."""
    return tuple(f"{sources.LIST}, line {a.line}: {a.message}" for a in catalog.anomalies if a.kind in LOST)


def list_reader(settings: Settings) -> sources.ReadList:
    """Reads the papers whose abstracts are wanted from a list's text, for `sources.sync`."""

    def read(text: str) -> tuple[sources.Wanted, ...]:
        return tuple(
            sources.Wanted(
                paper.key,
                paper.title,
                paper.arxiv_id,
                tuple(dict.fromkeys(url for url in (paper.url, *(link.url for link in paper.links)) if url)),
                reviewed="arxiv_id" in paper.corrected,
            )
            for paper in _catalog_of(text, settings).papers
        )

    return read


def _catalog_of(text: str, settings: Settings) -> Catalog:
    return Catalog.from_sources(parse_list(text), settings.corpus)


def read_corpus(
    settings: Settings,
    catalog: Catalog,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Corpus:
    """Read the originals in `settings.downloads`, or the starter corpus where there are none."""
    if (settings.downloads / sources.SURVEY).is_file():
        corpus = _originals(settings, catalog, progress)
    else:
        corpus = _starter(settings)
    documents, files, failed = added_papers(settings.downloads)
    hashes = corpus.hashes | {f"added/{path.name}": file_hash(path) for path in files}
    warnings = (*unread_of_list(catalog), *failed)
    return Corpus(corpus.label, (*corpus.documents, *documents), hashes, corpus.guide, warnings)


def _originals(settings: Settings, catalog: Catalog, progress: Callable[[str, int, int], None]) -> Corpus:
    from surveyqa.documents.bibliography import link_references
    from surveyqa.documents.pdf import read_pdf

    files = [settings.downloads / name for name in sources.FILES]
    survey = read_pdf(files[0], progress=lambda done, total: progress("reading the survey", done, total))
    titles = {paper.key: paper.title for paper in catalog.papers}
    survey = link_references(survey, titles)
    keys = {normal_title(paper.title): paper.key for paper in catalog.papers}
    abstracts = read_abstracts(files[2], keys) if files[2].is_file() else ()
    # a paper that left the list leaves the index too
    listed = {f"abstract:{key}" for key in titles}
    abstracts = tuple(document for document in abstracts if document.key in listed)
    hashes = {p.name: file_hash(p) for p in files if p.is_file()}
    reviews = read_reviews(settings.corpus / REVIEWS)
    guide = Guide(read_pages(settings.corpus / GUIDE), reviews, _carried)
    return Corpus("survey", (survey, *abstracts), hashes, guide)


def _starter(settings: Settings) -> Corpus:
    folder = settings.corpus / GUIDE
    pages = read_pages(folder)
    if not pages:
        raise SourceError(
            f"the starter corpus is not in {settings.corpus}. Install surveyqa again, or run: surveyqa sync"
        )
    headings = {page.section: f"{page.section} {page.title}" for page in pages if page.kind == "section"}
    hashes = {path.name: file_hash(path) for path in sorted(folder.glob("*.md"))}
    own = Guide(tuple(map(_own_evidence, pages)), check=lambda statement, evidence: True)
    return Corpus("starter", starter_documents(pages, headings), hashes, own)


def _own_evidence(page: Page) -> Page:
    """A page of which each statement is its own evidence: without the originals the guide itself is cited."""
    return replace(page, statements=tuple(replace(s, evidence=(s.hash,)) for s in page.statements))


def _carried(statement: str, evidence: str) -> bool:
    """Whether the checker finds a statement carried that no reader has seen beside its evidence."""
    from surveyqa.claims import check

    return check(statement, evidence).label == "supported"
