"""What is written ahead: pages of short statements in our own words, each proved by sentences of the
originals.

pages      the Markdown of `corpus/guide/` as `Page`s and `Statement`s, and as the starter corpus
proofs     which statements the originals at hand carry: by a reviewed pair of hashes, else by a checker
coverage   what of the corpus no page tells

Knows nothing of questions and of the index.
"""

from surveyqa.statements.pages import (
    KINDS,
    ROLES,
    Page,
    PageKind,
    Role,
    Statement,
    read_pages,
    starter_documents,
)
from surveyqa.statements.proofs import Proof, Review, Unproved, prove, read_reviews

__all__ = [
    "KINDS",
    "ROLES",
    "Page",
    "PageKind",
    "Proof",
    "Review",
    "Role",
    "Statement",
    "Unproved",
    "prove",
    "read_pages",
    "read_reviews",
    "starter_documents",
]
