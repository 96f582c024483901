"""Features that another program computed, under the same splits, guard and tables."""

import numpy as np

from emoscan.benchmarks import benchmark, compare, leave_one_out
from emoscan.preprocessing import Cache
from emoscan.signals import SCALP_32, Task

rng = np.random.default_rng(0)
subject = [f"s{1 + i // 6}" for i in range(24)]  # four subjects, six trials each
label = [i % 2 for i in range(24)]
x = [rng.normal(0.5 * k, 1.0, (30, len(SCALP_32), 4)) for k in label]  # simulated: (T, S, F) a trial

cache = Cache.from_arrays(
    "tutorial/cache/arrays",
    x,
    layout=SCALP_32,
    task=Task(categories=("low", "high")),
    category=label,
    subject=subject,
    features=("theta", "alpha", "beta", "gamma"),
)
print(compare(benchmark(cache, "svm", split=leave_one_out("subject"))).to_markdown())
