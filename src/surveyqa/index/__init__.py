"""Stage *index*: a generation is one built index, complete in one folder and never changed again.

    index/
      CURRENT               the name of the generation in use
      <generation>/         manifest.json, chunks.jsonl, documents.jsonl, references.jsonl, vectors.npy,
                            sentences.npy, elsewhere.npy, statements/, catalog/, bm25/, terms/, chroma/
      encoders/<model>/     the query encoder in ONNX, exported once per model
      cache/<model>.sqlite  vectors by text hash: a rebuild embeds only what is new

A build writes aside and is switched in by renaming; a reader keeps the generation it opened, and the
build after that removes a generation only when nobody has it open.

    manifest   what a generation is made of, sealed, checked at open
    folders    the build's lock, the readers' leases, the switch, what is swept
    vectors    the embedding cache
    store      nearest vectors: Chroma in the generation's folder, or a Chroma server
    build      documents to a generation
    reader     an open generation
"""

from surveyqa.index.manifest import SCHEMA, CorpusLabel, Manifest
from surveyqa.index.reader import Index, catalog_folder, generation_folder, has_index
from surveyqa.index.statements import Guide

__all__ = [
    "SCHEMA",
    "CorpusLabel",
    "Guide",
    "Index",
    "Manifest",
    "catalog_folder",
    "generation_folder",
    "has_index",
]
