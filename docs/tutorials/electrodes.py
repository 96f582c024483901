"""Which electrodes a network uses, on data where it is known which ones matter."""

from emoscan.models import make_learner
from emoscan.preprocessing import DifferentialEntropy, preprocess
from emoscan.signals import Simulated

data = Simulated(subjects=4, effect=2.0, layout="scalp-19")
cache = preprocess(data, {"eeg": [DifferentialEntropy(window=1.0)]}, "tutorial/cache/electrodes")

wanted = "STRNN(group=0.1, sparsity=0.75)"  # three quarters of the sites off, slowly enough to choose which
model = make_learner(wanted, scaling="subject", epochs=40, batch_size=32, learning_rate=3e-3)
network = model.fit(cache.windows(length=4, stride=2), seed=0).model
scores = network.backbones["eeg"].site_scores().sum(dim=0).tolist()  # over the four corners: (S,)

planted = {site for sites in data.planted.values() for site in sites}
for score, site in sorted(zip(scores, data_sites := cache.layout("eeg").sites, strict=True), reverse=True):
    print(f"{site:4} {score:6.2f} {'planted' if site in planted else ''}")
print(f"{sum(score == 0 for score in scores)} of {len(data_sites)} sites are exactly zero; simulated data")
