"""Text to unit vectors, and where they are kept. Knows nothing of documents, questions and the index."""
