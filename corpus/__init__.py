"""From an article file to clean text, metadata and passages."""
