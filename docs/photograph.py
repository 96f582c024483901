"""Photograph the top of a report, on a desk and on a phone: python docs/photograph.py report.html

Writes report.png and report-phone.png into docs/pictures, or into a folder named behind. Needs a Chromium.
"""

import sys
from pathlib import Path

from PIL import Image

from emoscan.benchmarks.speed.browser import Browser

SIZES = {"report.png": (1280, 2060), "report-phone.png": (390, 1000)}


def photograph(page: Path, folder: Path) -> None:
    """One picture for each size, of few colours: a page has few."""
    with Browser.running() as browser:
        for name, (width, height) in SIZES.items():
            browser.look(width, height)
            browser.open(page)
            path = browser.photograph(folder / name)
            Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), Path(*sys.argv[2:3] or [Path(__file__).parent / "pictures"]))
