"""The originals over the network: list, survey, abstracts, each kept as soon as it is here.

A run that is stopped loses what it was fetching at that moment; the next one goes on from there.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from surveyqa.errors import FetchError, SourceError
from surveyqa.profile import Profile
from surveyqa.settings import Settings
from surveyqa.sources import arxiv, pages
from surveyqa.sources.arxiv import Found
from surveyqa.sources.files import (
    ABSTRACTS,
    LIST,
    SURVEY,
    ReadList,
    Synced,
    Wanted,
    check_list,
    check_survey,
    letters,
    replace,
    same_title,
)
from surveyqa.sources.origin import Origin
from surveyqa.sources.record import Item, Record, folder_lock
from surveyqa.text.hashing import file_hash

if TYPE_CHECKING:
    from surveyqa.sources.web import Fetched, Web

Progress = Callable[[str, int, int], None]  # stage, done, total
Row = dict[str, Any]  # a line of abstracts.jsonl

SYNC_REACH = 10.0  # seconds to find out that there is no network
FIRST_SECONDS = 60.0  # for survey and list before the first answer
FIRST_ABSTRACTS = 25.0  # for abstracts before the first answer
SHRINK = 0.8  # a list with fewer of the present entries than that is not taken


@dataclass(frozen=True)
class Missing:
    """A paper whose abstract could not be had, and why."""

    key: str
    title: str
    url: str | None
    why: str


@dataclass(frozen=True)
class SyncReport:
    """What a sync did.

    files: those that are here now; failed: (file, why) for those that were not fetched;
    papers: on the list; abstracts: here now, of those; new: titles whose abstract came or changed;
    missing: papers without an abstract, or with one that is cut short; commit: of the list.
    """

    files: tuple[Synced, ...]
    failed: tuple[tuple[str, str], ...]
    papers: int
    abstracts: int
    new: tuple[str, ...]
    missing: tuple[Missing, ...]
    commit: str | None


def sync(
    settings: Settings,
    read_list: ReadList,
    *,
    progress: Progress = lambda stage, done, total: None,
    refresh: bool = False,
    origin: Origin | None = None,
    web: Web | None = None,
) -> SyncReport:
    """Fetch what is new of list, survey and abstracts.

    read_list: the papers of a list. refresh: fetch abstracts anew that are here already.
    Raises FetchError where nothing can be fetched at all; what fails singly is in the report.
    """
    run = _Run(settings, origin or Origin.of(Profile.load(settings.corpus)), read_list, progress, refresh)
    with run.open(web, SYNC_REACH, (*run.origin.survey, run.origin.commits, run.origin.raw)):
        run.list()
        run.survey()
        if run.failed and not run.files:
            raise FetchError(
                f"{'; '.join(why for _, why in run.failed)}. Try later, or: surveyqa sync --from DIR"
            )
        run.abstracts()
        return run.report()


def fetch_first(
    settings: Settings,
    seconds: float,
    read_list: ReadList,
    *,
    progress: Progress = lambda stage, done, total: None,
    origin: Origin | None = None,
    web: Web | None = None,
) -> SyncReport:
    """Fetch the originals before the first build, if a source of the survey answers within `seconds`.

    Raises FetchError where it does not, or the survey cannot be had. Abstracts come as far as FIRST_ABSTRACTS
    goes; the rest is left to `surveyqa update`.
    """
    run = _Run(
        settings, origin or Origin.of(Profile.load(settings.corpus)), read_list, progress, refresh=False
    )
    with run.open(web, seconds, run.origin.survey) as web:
        with web.within(FIRST_SECONDS):
            run.survey()
            if run.failed:
                raise FetchError(run.failed[0][1])
            run.list()
        with web.within(FIRST_ABSTRACTS):
            run.abstracts(only_arxiv=True)
        return run.report()


class _Run:
    """One sync at work: the folder, its record, and what happened so far."""

    def __init__(
        self, settings: Settings, origin: Origin, read_list: ReadList, progress: Progress, refresh: bool
    ) -> None:
        if settings.offline:
            raise FetchError("offline is set, so no connection is made")
        self.folder = settings.downloads
        self.title = Profile.load(settings.corpus).title
        self.origin = origin
        self.read_list = read_list
        self.progress = progress
        self.refresh = refresh
        self.files: list[Synced] = []
        self.failed: list[tuple[str, str]] = []
        self.wanted: tuple[Wanted, ...] = ()
        self.rows: dict[str, Row] = {}  # by letters of the title as listed
        self.new: list[str] = []
        self.done: set[str] = set()  # keys of papers whose abstract came
        self.why: dict[str, str] = {}  # key: why there is no abstract
        self.web: Web
        self.record: Record

    @contextmanager
    def open(self, web: Web | None, seconds: float, urls: Sequence[str]) -> Iterator[Web]:
        """Connected (one of `urls` was reached within `seconds`), and alone in the folder."""
        from surveyqa.sources.web import Web

        with web or Web() as self.web:
            self.web.reach(dict.fromkeys(urlsplit(url).netloc for url in urls), seconds)
            with folder_lock(self.folder):
                self.record = Record.load(self.folder)
                yield self.web

    def report(self) -> SyncReport:
        missing = [
            Missing(p.key, p.title, p.urls[0] if p.urls else None, self.why[p.key])
            for p in self.wanted
            if p.key in self.why
        ]
        item = self.record.items.get(LIST)
        return SyncReport(
            tuple(self.files),
            tuple(self.failed),
            len(self.wanted),
            len(self.rows),
            tuple(self.new),
            tuple(missing),
            item.commit if item else None,
        )

    # ---- the list ----

    def list(self) -> None:
        """The paper list at its newest commit, checked by git's own hash where the API gives it."""
        self.progress("fetching the paper list", 0, 1)
        path, had = self.folder / LIST, self.record.of(LIST)
        try:
            commit, why = self._commit()
            if commit and had and had.commit == commit:
                self._keep(LIST)
            else:
                self._take_list(path, had, commit, why)
        except SourceError as error:
            self.failed.append((LIST, f"the paper list: {error}"))
        if path.is_file():
            self.wanted = tuple(self.read_list(path.read_text(encoding="utf-8", errors="replace")))
        self.progress("fetching the paper list", 1, 1)

    def _commit(self) -> tuple[str | None, str]:
        """The newest commit of the list, or None and why it is not known."""
        try:
            fetched = self.web.get(self.origin.commits, _read_commit, accept="application/vnd.github+json")
            return (fetched.value if fetched else None), ""
        except FetchError as error:
            return None, str(error)

    def _take_list(self, path: Path, had: Item | None, commit: str | None, why: str) -> None:
        fetched: Fetched[bytes] | None = None
        if commit:
            try:
                fetched = self.web.get(
                    self.origin.content.format(sha=commit), _read_blob, accept="application/vnd.github+json"
                )
            except FetchError as error:
                why = str(error)
        if fetched is None:
            try:
                fetched = self.web.get(
                    self.origin.raw.format(sha=commit or "HEAD"),
                    _text,
                    etag=had.etag if had else None,
                    modified=had.modified if had else None,
                )
            except FetchError as error:
                raise FetchError("; ".join(x for x in (str(error), why) if x)) from error
        if fetched is None:
            self._keep(LIST)
            return
        etag, modified = (fetched.etag, fetched.modified) if fetched.value is fetched.body else (None, None)
        self._take(LIST, fetched.value, fetched.url, self._check_list, etag, modified, commit)

    def _check_list(self, new: Path) -> None:
        check_list(new)
        papers = len(self.read_list(new.read_text(encoding="utf-8")))
        old = self.folder / LIST
        before = (
            len(self.read_list(old.read_text(encoding="utf-8", errors="replace"))) if old.is_file() else 0
        )
        if papers == 0 or papers < SHRINK * before:
            raise SourceError(
                f"it holds {papers} papers where the one here holds {before}, so it was not taken. "
                "If that is right, put it into a folder and use: surveyqa sync --from DIR"
            )

    # ---- the survey ----

    def survey(self) -> None:
        """The PDF from the first source that gives it."""
        self.progress("fetching the survey", 0, 1)
        from surveyqa.sources.web import MEGABYTE

        had, reasons = self.record.of(SURVEY), []
        for url in self.origin.survey:
            same = had is not None and had.source == url
            try:
                fetched = self.web.get(
                    url,
                    _pdf,
                    size=60 * MEGABYTE,
                    accept="application/pdf",
                    etag=had.etag if had and same else None,
                    modified=had.modified if had and same else None,
                )
                if fetched is None:
                    self._keep(SURVEY)
                else:
                    self._take(SURVEY, fetched.value, url, self._check_survey, fetched.etag, fetched.modified)
                break
            except SourceError as error:
                reasons.append(str(error))
        else:
            self.failed.append((SURVEY, f"the survey: {'; '.join(reasons)}"))
        self.progress("fetching the survey", 1, 1)

    def _check_survey(self, path: Path) -> None:
        check_survey(path, self.title)

    # ---- both ----

    def _take(
        self,
        name: str,
        content: bytes,
        source: str,
        check: Callable[[Path], None],
        etag: str | None = None,
        modified: str | None = None,
        commit: str | None = None,
    ) -> None:
        path, digest = self.folder / name, hashlib.sha256(content).hexdigest()
        changed = not path.is_file() or file_hash(path) != digest
        if changed:
            replace(path, content, check)
        self.record.put(name, Item.made(digest, source, etag, modified, commit))
        self.files.append(Synced(name, digest, len(content), changed))

    def _keep(self, name: str) -> None:
        path = self.folder / name
        self.files.append(Synced(name, file_hash(path), path.stat().st_size, False))

    # ---- abstracts ----

    def abstracts(self, only_arxiv: bool = False) -> None:
        """The abstracts of the papers on the list; those of papers that left it go."""
        if not self.wanted:
            return
        had = _read_rows(self.folder / ABSTRACTS)
        self.rows = {letters(p.title): had[letters(p.title)] for p in self.wanted if letters(p.title) in had}
        before = file_hash(self.folder / ABSTRACTS) if self.rows and len(self.rows) == len(had) else ""
        todo = [p for p in self.wanted if self.refresh or _lacks(self.rows.get(letters(p.title)), p)]
        self.progress("fetching abstracts", 0, len(todo))
        self._from_arxiv([p for p in todo if p.arxiv_id], len(todo))
        rest = [p for p in todo if self._open(p)]
        for n, paper in enumerate(rest):
            if only_arxiv:
                self.why.setdefault(paper.key, "not fetched yet; run: surveyqa update")
            else:
                self._from_page(paper)
                self.progress("fetching abstracts", len(todo) - len(rest) + n + 1, len(todo))
        self._save_rows()
        digest = file_hash(self.folder / ABSTRACTS)
        self.files.append(
            Synced(ABSTRACTS, digest, (self.folder / ABSTRACTS).stat().st_size, digest != before)
        )

    def _open(self, paper: Wanted) -> bool:
        return paper.key not in self.done

    def _from_arxiv(self, papers: Sequence[Wanted], total: int) -> None:
        renamed: list[tuple[Wanted, Found]] = []
        for at in range(0, len(papers), arxiv.BATCH):
            part = papers[at : at + arxiv.BATCH]
            found = self._ask_arxiv({p.key: p.arxiv_id or "" for p in part}, part)
            for paper in part:
                abstract = found.get(paper.arxiv_id or "")
                if abstract is None:
                    self.why.setdefault(paper.key, f"arXiv has no abstract of {paper.arxiv_id}")
                elif paper.reviewed or same_title(paper.title, abstract.title):
                    self._got(paper, abstract)
                else:
                    renamed.append((paper, abstract))
            self._save_rows()
            self.progress("fetching abstracts", len(self.done), total)
        # the list may have the title of a paper's first version
        for at in range(0, len(renamed), arxiv.BATCH):
            pairs = renamed[at : at + arxiv.BATCH]
            first = self._ask_arxiv({p.key: f"{p.arxiv_id}v1" for p, _ in pairs}, [p for p, _ in pairs])
            for paper, abstract in pairs:
                version = first.get(f"{paper.arxiv_id}v1")
                if version and same_title(paper.title, version.title):
                    self._got(paper, abstract)
                else:
                    self.why[paper.key] = f"arXiv {paper.arxiv_id} has another title: {abstract.title!r}"
            self._save_rows()
            self.progress("fetching abstracts", len(self.done), total)

    def _ask_arxiv(self, ids: dict[str, str], papers: Sequence[Wanted]) -> dict[str, Found]:
        try:
            return arxiv.fetch(self.web, self.origin.arxiv, list(dict.fromkeys(ids.values())))
        except FetchError as error:
            self.why.update(dict.fromkeys((p.key for p in papers), str(error)))
            return {}

    def _from_page(self, paper: Wanted) -> None:
        reasons = [self.why[paper.key]] if paper.key in self.why else []
        for n, url in enumerate(paper.urls):
            if pages.is_arxiv(url) or (n > 0 and not self.web.allows(url)):
                continue  # asked by its API; or code, a blog, a second address that is not to be asked
            try:
                found = pages.fetch(self.web, self.origin, url)
            except FetchError as error:
                reasons.append(str(error))
                continue
            if same_title(paper.title, found.title):
                self._got(paper, found)
                self._save_rows()
                if not found.truncated:
                    return
                reasons.append(f"{found.url} cuts the abstract short")
            else:
                reasons.append(f"{found.url} has another title: {found.title!r}")
        self.why[paper.key] = "; ".join(dict.fromkeys(reasons)) or "the list gives no address of it"

    def _got(self, paper: Wanted, found: Found) -> None:
        from surveyqa.sources.web import now

        self.why.pop(paper.key, None)
        old = self.rows.get(letters(paper.title))
        if not found.truncated:
            self.done.add(paper.key)
        if old and not old.get("truncated") and found.truncated:
            return
        if old is None or old["abstract"] != found.abstract:
            self.new.append(paper.title)
        self.rows[letters(paper.title)] = {
            "title": paper.title,
            "abstract_title": found.title,
            "arxiv_id": paper.arxiv_id,
            "url": found.url,
            "abstract": found.abstract,
            "truncated": found.truncated,
            "source": found.url,
            "date": now(),
        }

    def _save_rows(self) -> None:
        """Abstracts in the order of the list, and their items in the record."""
        rows = [(p, self.rows[letters(p.title)]) for p in self.wanted if letters(p.title) in self.rows]
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for _, row in rows).encode()
        replace(self.folder / ABSTRACTS, content)
        items = {name: item for name, item in self.record.items.items() if not name.startswith("abstract:")}
        for paper, row in rows:
            digest = hashlib.sha256(row["abstract"].encode()).hexdigest()
            items[f"abstract:{paper.key}"] = Item(
                digest, str(row.get("source") or row.get("url") or ""), row.get("date")
            )
        self.record.items = items
        self.record.put(
            ABSTRACTS, Item.made(hashlib.sha256(content).hexdigest(), "the sources of each abstract")
        )


def _lacks(row: Row | None, paper: Wanted) -> bool:
    """Whether an abstract is still to be had: none, one cut short, or one of what the list linked before."""
    if row is None or row.get("truncated"):
        return True
    return bool(paper.arxiv_id and row.get("arxiv_id") and row["arxiv_id"] != paper.arxiv_id)


def _read_rows(path: Path) -> dict[str, Row]:
    """Rows by the letters of their title; lines that are no abstract are left out, and fetched anew."""
    rows: dict[str, Row] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
                if str(row["abstract"]).strip():
                    rows[letters(str(row["title"]))] = row
            except (ValueError, KeyError, TypeError):
                continue
    return rows


def _read_commit(body: bytes) -> str:
    """The commit in GitHub's list of commits."""
    try:
        sha = str(json.loads(body)[0]["sha"])
    except (ValueError, LookupError, TypeError) as error:
        raise FetchError("GitHub's answer names no commit") from error
    if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
        raise FetchError(f"GitHub's answer names the commit {sha[:50]!r}, which is none")
    return sha


def _read_blob(body: bytes) -> bytes:
    """The file in GitHub's answer, checked by git's hash of it."""
    from surveyqa.sources.web import Again

    try:
        answer = json.loads(body)
        content, sha = base64.b64decode(answer["content"]), str(answer["sha"])
    except (ValueError, LookupError, TypeError) as error:
        raise Again("GitHub's answer holds no file") from error
    if hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() != sha:
        raise Again("the list that came is not the one that GitHub names")
    return content


def _text(body: bytes) -> bytes:
    return body


def _pdf(body: bytes) -> bytes:
    """`body`, if it can be a whole PDF."""
    from surveyqa.sources.web import Again

    if b"%PDF-" not in body[:1024]:
        raise FetchError(f"what came is no PDF (it begins with {body[:15]!r})")
    if b"%%EOF" not in body[-2048:]:
        raise Again("the PDF breaks off before its end")
    return body
