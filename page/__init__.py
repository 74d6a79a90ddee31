"""The web page's parts: what it says, how it shows answers and sources, what happens when one asks."""
