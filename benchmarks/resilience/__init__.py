"""Tries to break what the index promises; each script prints a table, and ends with 1 if a promise was broken."""
