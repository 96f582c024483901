"""From recordings to a table, in a few lines."""

from emoscan.benchmarks import benchmark, compare, leave_one_out
from emoscan.models import Training
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import Simulated

data = Simulated(subjects=4)  # with real data: SEED("data/SEED"), EEGMAT("data/eegmat"), TrialTable("data/lab")
cache = preprocess(data, {"eeg": [DifferentialEntropy(window=1.0)]}, "tutorial/cache/first")

split = leave_one_out("subject")
models = ("STRNN", "linear", "majority")
reports = [benchmark(cache, model, split=split, training=Training(epochs=5)) for model in models]
print(compare(*reports).to_markdown())
