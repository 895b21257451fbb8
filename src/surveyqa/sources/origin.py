"""Where the originals are, and which hosts may be asked for them."""

from __future__ import annotations

from dataclasses import dataclass

from surveyqa.profile import Profile

HOSTS = {
    "api.github.com": "the paper list and its commit",
    "raw.githubusercontent.com": "the paper list, where the API does not answer",
    "arxiv.org": "the survey's PDF",
    "www.arxiv.org": "redirects to arxiv.org",
    "export.arxiv.org": "abstracts, 100 at a time, one request every 3 seconds",
    "openreview.net": "the survey's PDF (second source); abstracts",
    "api.openreview.net": "abstracts",
    "api2.openreview.net": "abstracts",
    "aclanthology.org": "abstracts",
    "proceedings.neurips.cc": "abstracts",
    "papers.neurips.cc": "abstracts",
    "papers.nips.cc": "abstracts",
    "proceedings.mlr.press": "abstracts",
    "proceedings.mlsys.org": "abstracts",
    "jmlr.org": "abstracts",
    "www.jmlr.org": "abstracts",
    "www.usenix.org": "abstracts",
}


@dataclass(frozen=True)
class Origin:
    """Addresses of the originals. Tests put those of a server of their own here.

    commits, content: GitHub's API; {sha} is the commit. raw: the list itself, without the API.
    survey: sources of the PDF, tried in order. notes: OpenReview's APIs, the newer first; {id} is the paper.
    """

    commits: str
    content: str
    raw: str
    survey: tuple[str, ...]
    arxiv: str = "https://export.arxiv.org/api/query"
    notes: tuple[str, ...] = (
        "https://api2.openreview.net/notes?id={id}",
        "https://api.openreview.net/notes?id={id}",
    )

    @classmethod
    def of(cls, profile: Profile) -> Origin:
        """Where the originals of a survey are."""
        api = f"https://api.github.com/repos/{profile.repository}"
        return cls(
            commits=f"{api}/commits?path={profile.file}&per_page=1",
            content=f"{api}/contents/{profile.file}?ref={{sha}}",
            raw=f"https://raw.githubusercontent.com/{profile.repository}/{{sha}}/{profile.file}",
            survey=profile.pdf,
        )
