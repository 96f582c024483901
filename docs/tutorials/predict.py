"""Train on some people, keep the network, and follow a raw recording with it."""

from pathlib import Path

from emoscan.benchmarks import fit, leave_one_out
from emoscan.models import Predictor, Training, write_timeline
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import Simulated

data = Simulated(subjects=3)
cache = preprocess(data, {"eeg": [DifferentialEntropy(window=1.0)]}, "tutorial/cache/predict")

kept = fit(cache, "STRNN", "tutorial/runs/strnn", split=leave_one_out("subject"), training=Training(epochs=5))
print(f"trained without {kept.fold}: {kept.test['balanced_accuracy']:.2f} balanced accuracy on it")

recording = list(data)[-1].streams["eeg"]  # or the path of a file: "recording.edf"
timeline = Predictor.load("tutorial/runs/strnn")(recording)
write_timeline(timeline, Path("tutorial/timeline.csv"))
