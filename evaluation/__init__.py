"""Gold questions, metrics and the evaluation that compares the two."""
