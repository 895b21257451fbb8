"""A generation that several machines share through a Chroma server: each keeps a copy of its files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from surveyqa.errors import IndexError_, ModelError
from surveyqa.index.embed import OnnxEncoder, find_model, model_hash
from surveyqa.index.embed import export as write_encoder
from surveyqa.index.folders import PATIENCE, building, collect, generations, place, sweep
from surveyqa.index.manifest import NAME, REBUILD, damage, parse_manifest, read_manifest
from surveyqa.index.store import Server
from surveyqa.settings import Settings


def local_copy(settings: Settings, server: Server) -> Path:
    """The folder of the server's current generation, fetched where it is not here yet.

    Raises IndexError_ where the server has none, StoreError where it cannot be asked.
    """
    name = server.current()
    if name is None:
        raise IndexError_(f"the Chroma server at {server.url} holds no index yet. Build it: surveyqa index")
    if (folder := copy_of(settings.index, name)) is not None:
        return folder
    with building(settings.index, PATIENCE):
        if (folder := copy_of(settings.index, name)) is not None:
            return folder  # another process here has fetched it meanwhile
        sweep(settings.index)
        manifest = parse_manifest(server.manifest(name), server.url)
        aside = settings.index / f".building-{os.getpid()}"
        aside.mkdir()
        try:
            server.fetch(name, manifest.files, aside)
            if wrong := damage(aside, manifest, thorough=True):
                file, what = next(iter(wrong.items()))
                raise IndexError_(f"{file} of {name} at {server.url} {what}. {REBUILD}")
            (aside / NAME).write_text(manifest.to_json(), encoding="utf-8")
            if not settings.embed_url:
                ensure_encoder(settings, manifest.model_hash)
            folder = place(aside, settings.index, manifest.generation)
        except OSError as error:
            raise IndexError_(f"cannot write the index to {settings.index} ({error.strerror}).") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        collect(settings.index, keep={folder.name})
    return folder


def copy_of(root: Path, collection: str) -> Path | None:
    """The local folder with the files of a collection."""
    for name in generations(root) if root.is_dir() else []:
        try:
            if read_manifest(root / name).collection == collection:
                return root / name
        except IndexError_:
            continue
    return None


def ensure_encoder(settings: Settings, fingerprint: str) -> Path:
    """The folder of the query encoder of a model; exported from it where that was not done yet."""
    folder = settings.index / "encoders" / fingerprint
    try:
        OnnxEncoder(folder)
        return folder
    except ModelError:
        pass
    model = find_model(settings.model, offline=settings.offline)
    if model_hash(model) != fingerprint:
        raise ModelError(f"the index was built with another '{settings.model}' than the one here. {REBUILD}")
    export(model, settings.index, folder)
    return folder


def export(model: Path, root: Path, folder: Path) -> None:
    """Write the encoder of a model aside, then rename it to `folder`."""
    aside = root / f".building-encoder-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        write_encoder(model, aside)
        folder.parent.mkdir(exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
