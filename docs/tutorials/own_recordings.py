"""From a table of trials to a result."""

from pathlib import Path

from emoscan.benchmarks import benchmark, compare, leave_one_out
from emoscan.preprocessing import DifferentialEntropy, MarkFlat, preprocess
from emoscan.signals import TrialTable

TrialTable.write_fake(Path("tutorial/lab"))  # simulated; leave this out with a folder of your own

data = TrialTable("tutorial/lab")
print(data.report())

cache = preprocess(data, {"eeg": [MarkFlat(), DifferentialEntropy(window=1.0)]}, "tutorial/cache/lab")
for trial in range(2):
    volume = cache[trial]["eeg"]
    print(volume.subject, volume.stimulus, volume.x.shape, "slices, sites, features")

split = leave_one_out("subject")
reports = [benchmark(cache, model, split=split, window=3) for model in ("linear", "majority")]
print(compare(*reports).to_markdown())
