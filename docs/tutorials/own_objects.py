"""Recordings and features that a program holds already: MNE's objects, and a table of pandas."""

import mne
import numpy as np
import pandas as pd

from emoscan.benchmarks import benchmark, compare, leave_one_out
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_19

rng, rate = np.random.default_rng(0), 128
info = mne.create_info(list(SCALP_19.sites), rate, "eeg")
people = ("anna", "bo", "cem", "dana")

# raw objects, in volts as MNE has them (simulated), and a row for each trial
raws = {name: mne.io.RawArray(1e-5 * rng.standard_normal((19, 40 * rate)), info, verbose="error") for name in people}
for raw in raws.values():
    raw.set_annotations(mne.Annotations([2.0, 22.0], [16.0, 16.0], ["film 1", "film 2"]))
trials = pd.DataFrame(
    [
        {"subject": name, "raw": name, "start": f"note film {film}", "stop": "end", "category": mood}
        for name in people
        for film, mood in ((1, "calm"), (2, "tense"))
    ]
)
of_raws = Cache.from_raws("tutorial/cache/raws", raws, trials, simulated=True)

# epochs: the metadata say whose they are, and which of them are pieces of one trial
epochs = {}
for name, raw in raws.items():
    events, kinds = mne.events_from_annotations(raw, chunk_duration=2.0, verbose="error")
    cut = mne.Epochs(raw, events, kinds, 0.0, 2.0 - 1 / rate, baseline=None, preload=True, verbose="error")
    cut.metadata = pd.DataFrame(
        {"trial": cut.events[:, 2], "condition": np.array(["calm", "tense"])[cut.events[:, 2] - 1]}
    )
    epochs[name] = cut
of_epochs = Cache.from_epochs("tutorial/cache/epochs", epochs, targets={"category": "condition"}, simulated=True)

# a tidy table of features: a row for each slice
rows = []
for name in people:
    for trial, mood in ((1, "calm"), (2, "tense")):
        for second in range(20):
            powers = {f"{site} {band}": rng.normal(trial) for site in SCALP_19.sites for band in ("alpha", "beta")}
            rows.append({"VP": name, "trial": trial, "time": float(second), "category": mood, **powers})
of_table = Cache.from_frame("tutorial/cache/table", pd.DataFrame(rows), columns={"subject": "VP"}, simulated=True)

print(of_raws, of_epochs, of_table, sep="\n")
print(compare(benchmark(of_table, "svm", split=leave_one_out("subject"))).to_markdown())
