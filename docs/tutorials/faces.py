from emoscan.benchmarks import benchmark, compare, k_folds
from emoscan.models import Training
from emoscan.preprocessing import FaceCrop, Hog, Patches, preprocess
from emoscan.signals import SimulatedFaces

data = SimulatedFaces(subjects=6, trials=4, frames=8)  # or CK48("data/CK+48"), TrialTable("data/lab"), ...
recipe = {
    "face": [FaceCrop(48, detector="Given"), Patches(8, 8)],  # "Centerface" where the dataset says nothing
    "face-hog": [FaceCrop(48, detector="Given"), Patches(8, 8), Hog()],
}
cache = preprocess(data, recipe, "tutorial/cache/faces")

training = Training(epochs=3, batch_size=16, predicts="categories")
rows = [("STRNN", "face"), ("CNNRNN", "face"), ("linear", "face-hog")]
reports = [
    benchmark(cache, model, modality=series, split=k_folds("subject", 3), window=4, training=training)
    for model, series in rows
]
compare(*reports).print()
