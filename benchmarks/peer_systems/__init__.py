"""The systems that ``benchmarks.peers`` compares, each a script that runs in an environment of its own."""
