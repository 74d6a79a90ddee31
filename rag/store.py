"""The store's protocol (stub)."""
