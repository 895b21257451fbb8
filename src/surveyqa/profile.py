"""What is particular to one survey, from `corpus/profile.toml`: no name of it stands anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surveyqa.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "profile.toml"


@dataclass(frozen=True)
class Profile:
    """A survey and its list.

    url: of the PDF, to which "#page=N" is added; pdf: addresses that it is fetched from, in order;
    repository, file: of the list on GitHub; columns: of its tables, with the words that mean them, as regular
    expressions; help: three questions that work, by language.
    """

    title: str
    title_zh: str
    authors: str
    year: int
    venue: str
    arxiv_id: str
    url: str
    pdf: tuple[str, ...]
    repository: str
    file: str
    columns: Mapping[str, str]
    help: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, corpus: Path) -> Profile:
        """The profile of the corpus in this folder. Raises UsageError where none can be read."""
        path = corpus / FILE
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            survey, listed = data["survey"], data["list"]
            return cls(
                **{**survey, "pdf": tuple(survey["pdf"])},
                repository=listed["repository"],
                file=listed["file"],
                columns=data.get("columns", {}),
                help={language: tuple(asked) for language, asked in data.get("help", {}).items()},
            )
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise UsageError(
                f"the profile {path} cannot be read ({type(error).__name__}: {error}). Install surveyqa again"
            ) from error
