"""Scripts that measure, each printing a table with the machine, the versions and the ratios."""
