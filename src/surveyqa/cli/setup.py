"""Between the command line and the assistant: settings, progress, and the index of the first question."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surveyqa.cli.terminal import say
from surveyqa.errors import SourceError, UsageError
from surveyqa.settings import Settings

if TYPE_CHECKING:
    from surveyqa.assistant import Assistant
    from surveyqa.index.build import BuildReport

FETCH_SECONDS = 4.0
PATIENCE = 600.0  # seconds that one build waits for another


def apply(args: argparse.Namespace, settings: Settings) -> Settings:
    """Settings with the options of the command line over them."""
    if getattr(args, "offline", False):
        settings = replace(settings, offline=True)
    if (llm := getattr(args, "llm", None)) is not None:
        settings = replace(settings, llm=llm)
    if (n := getattr(args, "sources", None)) is not None:
        if not 1 <= n <= 20:
            raise UsageError(f"--sources {n}: give a number from 1 to 20")
        settings = replace(settings, sources=n)
    return settings


def open_assistant(settings: Settings) -> Assistant:
    """The assistant on the current index; where there is none, the corpus is fetched and indexed first."""
    from surveyqa.assistant import Assistant
    from surveyqa.index import has_index

    if not has_index(settings):
        first_build(settings)
    return Assistant.open(settings)


def first_build(settings: Settings) -> None:
    """Fetch the originals if they can be had within seconds, else take the starter corpus; then build.

    Says what is done, how long it takes, what answers will come from, and where the files lie.
    """
    from surveyqa import sources
    from surveyqa.pipeline import list_reader

    here = (settings.downloads / sources.SURVEY).is_file()
    if not here:
        say(f"first start: the survey is looked for on the network, at most {FETCH_SECONDS:.0f} seconds")
        try:
            with Bars() as bars:
                fetched = sources.fetch_first(settings, FETCH_SECONDS, list_reader(settings), progress=bars)
            here = True
            say(
                f"fetched the survey and {fetched.abstracts} abstracts of {fetched.papers} papers into "
                f"{settings.downloads}; more of them later: surveyqa update"
            )
        except SourceError as error:
            say(
                f"not found ({error}). Answers come from the starter corpus: a guide in this project's own "
                "words, not the survey's text. To fetch the survey later: surveyqa update"
            )
    say(
        f"building the index, once: {'a minute or two' if here else 'about ten seconds'}. Its files "
        f"are in {settings.index} and {settings.downloads}; delete these to remove it"
    )
    build(settings)


def build(settings: Settings, rebuild: bool = False) -> BuildReport:
    """Index the corpus that is there, with progress bars."""
    from surveyqa.errors import IndexBusy
    from surveyqa.index.build import build_index
    from surveyqa.index.folders import building
    from surveyqa.pipeline import read_catalog, read_corpus

    with Bars() as bars, ExitStack() as stack:
        try:
            stack.enter_context(building(settings.index))
        except IndexBusy:
            say("another surveyqa is building the index; waiting for it")
            stack.enter_context(building(settings.index, PATIENCE))
        bars("reading the corpus", 0, 1)
        catalog = read_catalog(settings)
        corpus = read_corpus(settings, catalog, bars)
        bars("reading the corpus", 1, 1)
        for warning in corpus.warnings:
            say(warning)
        return build_index(
            settings,
            corpus.documents,
            corpus.label,
            corpus.hashes,
            bars,
            rebuild=rebuild,
            catalog=catalog,
            guide=corpus.guide,
        )


class Bars:
    """A progress bar per stage on stderr; without a terminal, a line when a stage begins."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if stage != self._stage:
            self.__exit__()
            self._stage = stage
            if not sys.stderr.isatty():
                self._bar = None
                say(stage)
                return
            self._bar = tqdm(total=total, desc=stage, file=sys.stderr, leave=True, dynamic_ncols=True)
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)
