"""Settings: read once at the edge, handed in everywhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Settings:
    """Where things are and what may be used.

    corpus:   folder of the starter corpus (read only): guide, catalogue.
    downloads: folder that `sync` fills with the originals.
    index:    folder of generations, encoders and the embedding cache.
    model:    name or folder of a sentence-transformers model.
    embed_url: an OpenAI-compatible server with '#model' that embeds in the place of `model`.
    llm:      "none", an OpenAI-compatible URL with '#model', or PROVIDER:MODEL.
    offline:  forbid every connection but to a server configured here.
    sources:  at most this many sources under an answer.
    chroma_*: a Chroma server that holds the vectors; without a URL they are in the folder `index`.
    """

    corpus: Path
    downloads: Path
    index: Path
    model: str = DEFAULT_MODEL
    embed_url: str | None = None
    embed_key: str | None = field(default=None, repr=False)
    llm: str = "none"
    api_key: str | None = field(default=None, repr=False)
    offline: bool = False
    sources: int = 5
    chroma_url: str | None = None
    chroma_token: str | None = field(default=None, repr=False)
    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"

    @property
    def embedder(self) -> str:
        """What an index is built with: the model's name, of a server's model without its address."""
        return f"{self.embed_url.partition('#')[2].strip()} (served)" if self.embed_url else self.model

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """The defaults of this installation, changed by SURVEYQA_* variables."""
        package = Path(__file__).resolve().parent
        checkout = package.parent.parent
        in_checkout = (checkout / "pyproject.toml").is_file() and (checkout / "corpus" / "guide").is_dir()
        starter = checkout / "corpus" if in_checkout else package / "corpus"
        home = env.get("SURVEYQA_HOME")
        if home:
            base = Path(home).expanduser()
        elif in_checkout:
            base = checkout
        else:
            from platformdirs import user_data_path

            base = user_data_path("surveyqa", appauthor=False)
        return cls(
            corpus=starter,
            downloads=base / "corpus" / "downloads",
            index=base / "index",
            model=env.get("SURVEYQA_MODEL") or DEFAULT_MODEL,
            embed_url=env.get("SURVEYQA_EMBED_URL") or None,
            embed_key=env.get("SURVEYQA_EMBED_KEY") or None,
            llm=env.get("SURVEYQA_LLM") or "none",
            api_key=env.get("SURVEYQA_API_KEY") or None,  # OPENAI_API_KEY: see llm.key_for
            offline=env.get("SURVEYQA_OFFLINE", "").lower() in {"1", "true", "yes"},
            chroma_url=env.get("SURVEYQA_CHROMA_URL") or None,
            chroma_token=env.get("SURVEYQA_CHROMA_TOKEN") or None,
            chroma_tenant=env.get("SURVEYQA_CHROMA_TENANT") or "default_tenant",
            chroma_database=env.get("SURVEYQA_CHROMA_DATABASE") or "default_database",
        )
