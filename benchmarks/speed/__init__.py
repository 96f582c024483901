"""The speed goals, each a ratio of variants measured in one run: ``python -m emoscan.benchmarks.speed [names]``.

A file of this folder that has ``rows() -> Iterator[SpeedRow]`` takes part; nothing lists the files.
"""
