"""Draw how recordings become a table: python docs/pictures/flow.py docs/pictures/flow.svg"""

import sys

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "emoscan", "font.family": "sans-serif"})

FOLDERS = {"signals": "#d8e6f3", "preprocessing": "#dcefdc", "models": "#fbe6cc", "benchmarks": "#ecdcf0"}

STAGES = (
    ("Recording", "EEG, video of a face\nwho, when, what", "signals"),
    ("Steps", "filters, marks,\ndifferential entropy", "preprocessing"),
    ("Volume", "T slices\nS sites\nF features", "signals"),
    ("Cache", "HDF5, checksums,\nwindows cut when read", "preprocessing"),
    ("Fold", "train and test;\nleaks are refused", "benchmarks"),
    ("Network", "STRNN, CNNRNN,\nbraindecode, yours", "models"),
    ("Table", "intervals, labels\nalone, paired tests", "benchmarks"),
)
STEP, WIDTH, HEIGHT = 1.62, 1.4, 1.15


def draw() -> Figure:
    """The seven stages in a row, coloured by the folder that holds them, and a legend of the four folders."""
    figure = Figure(figsize=(11.4, 2.5))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.1, 7 * STEP - 0.12), ylim=(-0.85, 1.4), aspect="equal")
    axes.axis("off")
    for place, stage in enumerate(STAGES):
        draw_stage(axes, place * STEP, *stage)
    for place in range(1, len(STAGES)):
        draw_arrow(axes, place * STEP)
    draw_folders(axes)
    return figure


def draw_stage(axes: Axes, left: float, name: str, text: str, folder: str) -> None:
    """One box: its name above what it holds."""
    axes.add_patch(rounded(left, 0, WIDTH, HEIGHT, FOLDERS[folder]))
    axes.text(left + WIDTH / 2, HEIGHT - 0.22, name, ha="center", va="center", fontsize=12, weight="bold")
    axes.text(left + WIDTH / 2, 0.43, text, ha="center", va="center", fontsize=8, linespacing=1.35)


def draw_arrow(axes: Axes, right: float) -> None:
    """From one box to the next."""
    tip, tail = (right - 0.01, HEIGHT / 2), (right - STEP + WIDTH + 0.01, HEIGHT / 2)
    axes.annotate("", tip, tail, arrowprops={"arrowstyle": "-|>", "color": "#555"})


def draw_folders(axes: Axes) -> None:
    """Which colour is which folder, in the order of imports."""
    axes.text(0, -0.5, "folders; each imports only those to its left:", fontsize=9, va="center")
    for place, (folder, colour) in enumerate(FOLDERS.items()):
        left = 3.9 + place * 1.75
        axes.add_patch(rounded(left, -0.65, 1.3, 0.3, colour))
        axes.text(left + 0.65, -0.5, folder, fontsize=9, ha="center", va="center")
        if place:
            axes.text(left - 0.23, -0.5, "◄", fontsize=9, ha="center", va="center", color="#555")


def rounded(left: float, bottom: float, width: float, height: float, colour: str) -> FancyBboxPatch:
    """A box with round corners."""
    style = f"round,pad=0,rounding_size={height / 10 + 0.02}"
    return FancyBboxPatch((left, bottom), width, height, style, facecolor=colour, edgecolor="#555")


if __name__ == "__main__":
    draw().savefig(sys.argv[1], metadata={"Date": None})
