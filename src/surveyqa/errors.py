"""Every error that surveyqa raises on purpose.

SurveyQAError
├── UsageError          wrong words on the command line, or an input that cannot be understood
├── SourceError         a file of the corpus is missing, unreadable or not what it should be
│   └── FetchError      ... and it was to come over the network
├── DocumentError       a PDF or a page of the guide that cannot be read
├── IndexError_         no index, or one that does not fit the settings or this version
│   ├── IndexBusy       another process is building
│   └── StoreError      the configured Chroma server cannot be reached or does not have the index
├── ModelError          the embedding model is missing or is not the one the index was built with
└── LLMError            the configured language model cannot be reached or answers nonsense

The library raises them; the command line translates them once, into one line and an exit code.
A message quotes the thing, shows both values where two disagree, and ends in what to type next.
"""

from __future__ import annotations


class SurveyQAError(Exception):
    """Base of all errors below; `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(SurveyQAError):
    exit_code = 2


class SourceError(SurveyQAError):
    pass


class FetchError(SourceError):
    pass


class DocumentError(SurveyQAError):
    pass


class IndexError_(SurveyQAError):
    pass


class IndexBusy(IndexError_):
    pass


class StoreError(IndexError_):
    pass


class ModelError(SurveyQAError):
    pass


class LLMError(SurveyQAError):
    pass
