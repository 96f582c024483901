"""Draw the four corner scans of SEED's 62 electrodes: python docs/pictures/scan.py docs/pictures/scan.svg"""

import sys
from collections.abc import Iterator
from pathlib import Path

from emoscan.signals import SEED_62, Layout, Scan, canonical, standard_names

CELL, RADIUS, MARGIN = 48, 17, 30

HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">
<style>line {{ stroke: #888; marker-end: url(#tip) }} circle {{ stroke: #444 }} text {{ text-anchor: middle }}</style>
<marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">
<path d="M0 0 L6 3 L0 6 z" fill="#888"/></marker>
<rect width="{width}" height="{height}" fill="white"/>"""


def draw(layout: Layout = SEED_62) -> str:
    """One panel a corner: sites coloured by level, light first, and an arrow from each predecessor."""
    rows, columns = layout.shape
    width, height = columns * CELL + MARGIN, rows * CELL + MARGIN
    lines = [HEAD.format(width=2 * width, height=2 * height)]
    for place, scan in enumerate(layout.scans):
        down, right = divmod(place, 2)
        panel = "\n".join(draw_scan(layout, scan))
        corner = f"{right * width + MARGIN // 2} {down * height + MARGIN}"
        lines.append(f'<g transform="translate({corner})">\n{panel}\n</g>')
    return "\n".join([*lines, "</svg>\n"])


def draw_scan(layout: Layout, scan: Scan) -> Iterator[str]:
    """The walk from one corner."""
    title = f"{scan.corner}: {len(scan.edges)} edges, {len(scan.levels)} levels"
    yield f'<text x="{layout.shape[1] * CELL // 2}" y="-8" font-size="16">{title}</text>'
    yield from (draw_edge(centre(layout, before), centre(layout, site)) for before, site in sorted(scan.edges))
    for level, sites in enumerate(scan.levels):
        light = 95 - 35 * level // (len(scan.levels) - 1)
        for site in sites:
            x, y = centre(layout, site)
            yield f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="hsl(200,70%,{light}%)"/>'
            yield f'<text x="{x}" y="{y + 4}" font-size="12">{shown(layout.sites[site])}</text>'


def shown(site: str) -> str:
    """A site as the 10-05 system writes it, which SEED's own names do not: Fp1 for FP1."""
    return standard_names().get(canonical(site), site)


def draw_edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    """An arrow that begins and ends at the rims of two circles."""
    (x, y), (u, v) = start, end
    share = RADIUS / ((u - x) ** 2 + (v - y) ** 2) ** 0.5
    dx, dy = round((u - x) * share), round((v - y) * share)
    return f'<line x1="{x + dx}" y1="{y + dy}" x2="{u - dx}" y2="{v - dy}"/>'


def centre(layout: Layout, site: int) -> tuple[int, int]:
    """Where a site is drawn."""
    row, column = layout.cells[site]
    return column * CELL + CELL // 2, row * CELL + CELL // 2


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw())
