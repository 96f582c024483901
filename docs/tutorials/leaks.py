"""What a leaky split gives on data that hold no emotion at all."""

from emoscan.benchmarks import canary
from emoscan.preprocessing import preprocess
from emoscan.signals import Simulated

cache = preprocess(Simulated(subjects=3, effect=0.0), None, "tutorial/cache/null")
canary(cache).print()
