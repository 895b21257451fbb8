"""Stage *sources*: the originals, into `corpus/downloads/`, from a mirror folder or over the network.

Read in this order: files (names and checks), record (`lock.json`), mirror (`sync --from DIR`), origin (which
hosts and why), web (one guarded GET), arxiv and pages (abstracts), fetch (`sync`).
"""

from surveyqa.sources.fetch import Missing, SyncReport, fetch_first, sync
from surveyqa.sources.files import ABSTRACTS, FILES, LIST, SURVEY, ReadList, Synced, Wanted
from surveyqa.sources.mirror import sync_from
from surveyqa.sources.origin import HOSTS, Origin

__all__ = [
    "ABSTRACTS",
    "FILES",
    "HOSTS",
    "LIST",
    "SURVEY",
    "Missing",
    "Origin",
    "ReadList",
    "SyncReport",
    "Synced",
    "Wanted",
    "fetch_first",
    "sync",
    "sync_from",
]
