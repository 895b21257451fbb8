"""What tells one content from another: the sha256 of a file, a hash of a text's letters and digits."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

BLOCK = 1 << 20  # bytes


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal. Raises OSError where it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def content_hash(text: str) -> str:
    """12 hexadecimal digits for the letters and digits of a text, whatever its case, spaces and marks."""
    letters = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    return hashlib.blake2b(letters.encode(), digest_size=6).hexdigest()
