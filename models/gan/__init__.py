"""The categorical GAN for action units, valence and arousal (after arXiv 1910.05877)."""

from .discriminator import Discriminator, Judged
from .emotion_gan import EmotionGAN
from .face_data import FaceBatch
from .face_images import FaceImages, face_series
from .gan_learner import GanLearner
from .gan_quality import Beside, Nearest, alike, frechet, grouped_distance, mean_distance, nearest
from .gan_samples import Samples, affect_grid, between, between_noise, draw_noise, make_samples, unit_ramps
from .gan_training import GanTraining
from .generator import Generator
from .kept_gan import GanFacts, KeptGan, load_gan, save_gan
from .label_reader import LabelReader
from .labels import Labels, label_loss
from .sample_sheet import draw_sheet
from .train_gan import train_gan

__all__ = [
    "Beside", "Discriminator", "EmotionGAN", "FaceBatch", "FaceImages", "GanFacts", "GanLearner", "GanTraining",
    "Generator", "Judged", "KeptGan", "LabelReader", "Labels", "Nearest", "Samples", "affect_grid", "alike", "between",
    "between_noise", "draw_noise", "draw_sheet", "face_series", "frechet", "grouped_distance", "label_loss",
    "load_gan", "make_samples", "mean_distance", "nearest", "save_gan", "train_gan", "unit_ramps",
]
