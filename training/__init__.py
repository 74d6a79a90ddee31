"""Trains the reader; nothing here is needed to answer."""
