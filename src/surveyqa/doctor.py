"""Is everything in place? One check per part, each with what to type where it is not.

installation · model · corpus · index · store · language model · disk
"""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from surveyqa import __version__, sources
from surveyqa.errors import IndexError_, LLMError, ModelError, SourceError, SurveyQAError
from surveyqa.settings import DEFAULT_MODEL, Settings

if TYPE_CHECKING:
    from surveyqa.documents.audit import Audit

State = Literal["good", "note", "bad"]
PACKAGES = (
    "chromadb",
    "bm25s",
    "numpy",
    "torch",
    "sentence-transformers",
    "onnxruntime",
    "tokenizers",
    "pypdf",
    "pypdfium2",
    "llama-index-core",
    "httpx",
    "gradio",
    "filelock",
)
ROOM = 500 * 2**20  # bytes that a build of the originals and an encoder need


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what mends it."""

    name: str
    state: State
    found: str
    cure: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, as it is done; none raises."""
    for name, check in (
        ("installation", _installation),
        ("model", _model),
        ("corpus", _corpus),
        ("index", _index),
        ("store", _store),
        ("language model", _llm),
        ("disk", _disk),
    ):
        yield from _guarded(name, check, settings)


def _guarded(name: str, check: Callable[[Settings], Iterator[Check]], settings: Settings) -> Iterator[Check]:
    try:
        yield from check(settings)
    except SurveyQAError as error:
        yield _from_error(name, error)
    except Exception as error:  # a doctor must not fall ill
        yield Check(
            name,
            "bad",
            f"{type(error).__name__}: {str(error)[:200]}",
            "report this with the output of surveyqa doctor",
        )


def _from_error(name: str, error: SurveyQAError) -> Check:
    """Our messages end in the cure; the command in it is repeated, so that it can be copied."""
    text = str(error)
    command = re.search(r"((?:surveyqa|pip install|chroma run)\b[^.)]*?)(?:\.|\)|$)", text)
    return Check(name, "bad", text, command[1].strip() if command else "")


def _installation(settings: Settings) -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, version

    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    python = (
        f"surveyqa {__version__}, Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}"
    )
    if missing:
        yield Check(
            "installation",
            "bad",
            f"{python}; missing: {', '.join(missing)}",
            f"pip install {' '.join(missing)}",
        )
    else:
        yield Check("installation", "good", f"{python}; {', '.join(found)}")


def _model(settings: Settings) -> Iterator[Check]:
    from surveyqa.embedding.encoders import find_model, model_hash

    if settings.embed_url:
        from surveyqa.embedding.served import PROBE, ServedEncoder

        encoder = ServedEncoder(settings)
        encoder([PROBE])
        yield Check(
            "model", "good", f"{encoder.model} at {encoder.host}, {encoder.dimension} numbers a vector"
        )
        return
    folder = find_model(settings.model, offline=True)
    known = " (the published files)" if settings.model == DEFAULT_MODEL else ""
    yield Check("model", "good", f"{settings.model}, hash {model_hash(folder)}{known}, in {folder}")


def _corpus(settings: Settings) -> Iterator[Check]:
    from surveyqa.pipeline import catalog_of_list, unread_of_list

    here = [name for name in sources.FILES if (settings.downloads / name).is_file()]
    missing = [name for name in sources.FILES if name not in here]
    guide = len(list((settings.corpus / "guide").glob("*.md")))
    if not here:
        state: State = "note" if guide else "bad"
        yield Check(
            "corpus",
            state,
            f"starter corpus, {guide} pages; no originals in {settings.downloads}",
            "surveyqa update",
        )
    elif missing:
        yield Check(
            "corpus",
            "note",
            f"in {settings.downloads}: {', '.join(here)}; missing: {', '.join(missing)}",
            "surveyqa update",
        )
    else:
        size = sum((settings.downloads / name).stat().st_size for name in here)
        yield Check("corpus", "good", f"the originals, {size / 1e6:.1f} MB in {settings.downloads}")
    if sources.LIST in here:
        with suppress(SourceError):  # a list that cannot be read is told where it is indexed
            for unread in unread_of_list(catalog_of_list(settings.downloads / sources.LIST, settings)):
                yield Check("paper list", "note", unread)


def _index(settings: Settings) -> Iterator[Check]:
    from surveyqa.embedding.encoders import OnnxEncoder, find_model, model_hash
    from surveyqa.index import Index, has_index
    from surveyqa.index.folders import generations
    from surveyqa.index.manifest import damage

    if not has_index(settings):
        yield Check("index", "note", f"none yet in {settings.index}", "surveyqa index")
        return
    index = Index.open(settings)
    try:
        manifest = index.manifest
        wrong = damage(index.folder, manifest, thorough=True)
        size = sum(p.stat().st_size for p in index.folder.rglob("*") if p.is_file())
        where = (
            f"{manifest.generation}: {manifest.documents} documents, {manifest.chunks} chunks, "
            f"{size / 1e6:.1f} MB, built "
            f"{manifest.built}"
        )
        if wrong:
            file, what = next(iter(wrong.items()))
            yield Check("index", "bad", f"{where}; {file} {what}", "surveyqa index")
        elif manifest.corpus == "starter" and (settings.downloads / sources.SURVEY).is_file():
            yield Check(
                "index",
                "note",
                f"{where}; of the starter corpus, though the originals are here",
                "surveyqa index",
            )
        elif stale := _changed(settings, manifest.sources):
            yield Check("index", "note", f"{where}; {', '.join(stale)} changed since", "surveyqa index")
        else:
            yield Check("index", "good", where)
        if not settings.embed_url:
            if model_hash(find_model(settings.model, offline=True)) != manifest.model_hash:
                raise IndexError_(
                    f"the index was built with other files of '{manifest.model}' than are here. Build it "
                    f"again: surveyqa index"
                )
            OnnxEncoder(settings.index / "encoders" / manifest.model_hash)
        vector = index.encode(["prefix tuning"])[0]
        if not index.nearest(vector, 1):
            raise ModelError("the encoder finds nothing in the index. Make it again: surveyqa index")
        others = [g for g in generations(settings.index) if g != index.folder.name]
        if index.store_trouble:
            yield Check(
                "store",
                "bad",
                f"Chroma cannot be used ({index.store_trouble}); every vector is compared",
                "surveyqa index",
            )
        elif not settings.chroma_url:
            yield Check("store", "good", f"Chroma in {index.folder}, {len(others)} older generations kept")
    finally:
        index.close()


def _changed(settings: Settings, hashes: dict[str, str]) -> list[str]:
    """Files of the originals that are not those that were indexed."""
    from surveyqa.text.hashing import file_hash

    paths = [settings.downloads / name for name in sources.FILES]
    return [p.name for p in paths if p.name in hashes and p.is_file() and file_hash(p) != hashes[p.name]]


def _store(settings: Settings) -> Iterator[Check]:
    if settings.chroma_url:
        from surveyqa.index.server import Server

        server = Server(settings)
        version, collection = server.ping(), server.current()
        count = f"{collection} with {server.count(collection)} chunks" if collection else "no index yet"
        yield Check(
            "store",
            "good" if collection else "note",
            f"Chroma {version} at {server.url}: {count}",
            "" if collection else "surveyqa index",
        )


def _llm(settings: Settings) -> Iterator[Check]:
    from surveyqa.models.llm import diagnose

    try:
        yield Check("language model", "good", diagnose(settings))
    except LLMError as error:
        yield Check("language model", "bad", str(error), "surveyqa ask --llm none works without one")


def _disk(settings: Settings) -> Iterator[Check]:
    folder = settings.index
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if not _writable(folder):
        yield Check(
            "disk",
            "note",
            f"{folder} cannot be written: asking works, building does not",
            "export SURVEYQA_HOME=FOLDER",
        )
    elif free < ROOM:
        yield Check(
            "disk",
            "note",
            f"{free / 1e6:.0f} MB free for {folder}; a build needs {ROOM / 1e6:.0f} MB",
            "export SURVEYQA_HOME=FOLDER",
        )
    else:
        yield Check("disk", "good", f"{free / 1e9:.1f} GB free for {folder}")


def _writable(folder: Path) -> bool:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def audit_corpus(settings: Settings) -> dict[str, Any]:
    """The audit's figures. Raises SourceError where the PDF is not here."""
    from surveyqa.documents.audit import audit

    path = settings.downloads / sources.SURVEY
    if not path.is_file():
        raise SourceError(f"{path} is not here, so nothing can be audited. Fetch it: surveyqa sync")
    return audit_rows(audit(path))


def audit_rows(audit: Audit) -> dict[str, Any]:
    """The figures of a corpus audit by their names; lists are shown by their first entries."""
    return {
        "pages": audit.pages,
        "blocks on the page that they name": f"{audit.on_page} of {audit.blocks}",
        "words covered": f"{audit.coverage:.2%} of {audit.words}",
        "sections of the outline found": f"{audit.found} of {audit.outline}",
        "citation links resolved": f"{audit.resolved} of {audit.links}",
        "references": f"{audit.references}, {audit.cited} cited",
        "run-in headings": audit.headings,
        "table rows": ", ".join(f"{name}: {n}" for name, n in audit.rows),
        "astray": audit.astray,
        "glued words": audit.glued,
        "page furniture in the text": audit.furniture,
        "words not covered": audit.uncovered,
        "warnings": audit.warnings,
    }
