"""Language, sentences, terms, hashes: the only room that folds or splits text. Knows no papers, no index."""
