"""Faces in rows and columns as one picture, with words beside them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytorch_lightning as lightning
from torch import Tensor

from ...preprocessing.pictures import new_figure, palette, save_figure, wrapped
from .emotion_gan import EmotionGAN
from .samples import draw_noise, make_samples, sheet_labels

_INCH = 0.62
"""Side of a face on paper."""
_LETTERS = 13
"""Letters of a title that fit into one inch."""


def draw_sheet(
    images: Tensor,
    columns: int,
    path: str | Path,
    title: str,
    *,
    rows: Sequence[str] = (),
    heads: Sequence[str] = (),
    across: str = "",
    down: str = "",
) -> Path:
    """Draw faces (N, 1, size, size) in [-1, 1], ``columns`` a row, into a picture file.

    Args:
        images: Row by row.
        columns: Faces a row.
        path: The file.
        title: Above all.
        rows, heads: What stands beside each row and above each column.
        across, down: What changes from column to column and from row to row.
    """
    count = -(-len(images) // columns)
    width = _INCH * columns + 1.1
    figure = new_figure(width, _INCH * count + 0.9)
    axes = figure.subplots()
    size = images.shape[-1]
    axes.imshow(_sheet(images, columns, count), cmap=palette.PIXELS, vmin=-1, vmax=1, interpolation="nearest")
    axes.set_xticks((np.arange(len(heads)) + 0.5) * size - 0.5, heads, fontsize=8)
    axes.set_yticks((np.arange(len(rows)) + 0.5) * size - 0.5, rows, fontsize=8)
    axes.tick_params(length=0, top=False, labeltop=bool(heads), labelbottom=False)
    axes.set_xlabel(across, fontsize=8)
    axes.set_ylabel(down, fontsize=8)
    axes.spines[:].set_visible(False)
    figure.suptitle(wrapped(title, round(_LETTERS * width)), fontsize=9, x=0.01, ha="left")
    return save_figure(figure, path)


class SheetWriter(lightning.Callback):
    """Draws faces for fixed noise and labels every few epochs, and after the first: so that one can watch.

    Args:
        folder: Gets ``epoch-010.png`` and so on.
        every: Epochs from one to the next.
    """

    def __init__(self, folder: Path, every: int) -> None:
        self.folder, self.every = folder, every

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """After the steps of an epoch."""
        assert isinstance(pl_module, EmotionGAN)
        epoch = pl_module.epoch + 1
        if pl_module.generator is not None and (epoch == 1 or epoch % self.every == 0):
            draw_progress(pl_module, self.folder / f"epoch-{epoch:03d}.png", f"made after epoch {epoch}")


def draw_progress(gan: EmotionGAN, path: Path, title: str) -> Path:
    """Draw the fixed sheet of one GAN: labels of ``sheet_labels``, the noise of each row its own."""
    labels = sheet_labels(gan.task)
    columns = 7 if len(gan.task.dimensions) > 1 else 6
    noise = draw_noise(gan, len(labels) // columns).repeat_interleave(columns, 0)
    return draw_sheet(make_samples(gan, labels, noise).images, columns, path, title)


def _sheet(images: Tensor, columns: int, rows: int) -> np.ndarray:
    """(rows * size, columns * size), white where nothing is."""
    size = images.shape[-1]
    sheet = np.ones((rows * columns, size, size), np.float32)
    sheet[: len(images)] = images[:, 0].numpy()
    return sheet.reshape(rows, columns, size, size).swapaxes(1, 2).reshape(rows * size, columns * size)
