"""Model weights on disk, the text encoder, the vector index."""
