"""The report in a real browser: nothing complains, nothing is loaded, nothing sticks out, everything can be read."""

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from finished_examples import explanation, fusion_table
from PIL import Image

from emoscan.benchmarks import benchmark, leave_one_out, random_windows
from emoscan.benchmarks.page.html_report import write_report
from emoscan.benchmarks.speed.browser import Browser, BrowserError, find_browser
from emoscan.models import Training

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed (Debian's package: chromium)")

OPEN_ALL = "document.querySelectorAll('details').forEach(part => part.open = true)"

STICKING_OUT = """Array.from(document.body.querySelectorAll('*'))
  .filter(own => !own.closest('.scroll, .paper, pre') && own.getBoundingClientRect().right > innerWidth + 0.5)
  .map(own => own.tagName + ' ' + own.textContent.slice(0, 40))"""

BOXES = """Array.from(document.querySelectorAll('figure svg')).map(own => {
  const box = own.getBoundingClientRect();
  return [box.width, box.height, own.querySelectorAll('path, image, use').length];
})"""

FAINT = """(() => {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parts = color => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = color; probe.fillRect(0, 0, 1, 1);
    return Array.from(probe.getImageData(0, 0, 1, 1).data); };
  const light = color => { const [r, g, b] = parts(color).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = own => { for (; own; own = own.parentElement) {
    const color = getComputedStyle(own).backgroundColor; if (parts(color)[3] === 255) return color; } return 'white'; };
  const ratio = own => { const both = [light(getComputedStyle(own).color), light(ground(own))].sort((a, b) => a - b);
    return (both[1] + 0.05) / (both[0] + 0.05); };
  const texts = 'h1, h2, h3, p, a, dt, dd, th, td, button, pre, caption, figcaption';
  return Array.from(document.body.querySelectorAll(texts))
    .map(own => [ratio(own), own.tagName, own.textContent.slice(0, 30)]).filter(entry => entry[0] < 4.5);
})()"""
"""Texts whose contrast with what is behind them is less than WCAG 2.1 asks for (success criterion 1.4.3, level AA)."""

COLUMN = "Array.from(document.querySelectorAll('table')[{t}].tBodies[0].rows).map(row => row.cells[{c}].textContent)"


@pytest.fixture(scope="module")
def page(cache, tmp_path_factory):
    short = Training(epochs=2)
    runs = [
        benchmark(cache, "STRNN(hidden=4)", split=leave_one_out("subject"), window=4, training=short),
        benchmark(cache, "linear", split=leave_one_out("subject"), window=4),
        benchmark(cache, "linear", split=random_windows(2), window=4, i_know_this_leaks=True),
    ]
    long = replace(runs[1], model="a.very.long.dotted.path.to_a_model.OfSomebodyElse(with_settings=True, width=128)")
    path = tmp_path_factory.mktemp("page") / "page.html"
    return write_report([*runs, long], path, [fusion_table()], [explanation(), explanation(alike=0.9)])


@pytest.fixture(scope="module")
def browser():
    with Browser.running() as running:
        yield running


@pytest.fixture
def opened(browser, page):
    browser.look(1280)
    browser.open(page)
    return browser


def test_nothing_complains_and_nothing_else_is_asked_for(opened, page):
    opened.run(OPEN_ALL)
    assert opened.complaints() == []
    assert opened.requests() == [page.as_uri()]


def test_a_page_that_complains_or_asks_for_more_is_found_out(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='missing.png'><script>console.error('one'); absent();</script>")
    browser.open(bad)
    assert len(browser.requests()) == 2
    assert any("absent" in text for text in browser.complaints())
    assert any("one" in text for text in browser.complaints())
    with pytest.raises(BrowserError, match="absent"):
        browser.run("absent()")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out(browser, page, width):
    browser.look(width)
    browser.open(page)
    browser.run(OPEN_ALL)
    wide, seen = browser.run("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert (wide, seen) == (width, width)
    assert browser.run(STICKING_OUT) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_figure_is_there_to_be_seen(browser, page, width):
    browser.look(width)
    browser.open(page)
    boxes = browser.run(BOXES)
    assert len(boxes) > 12
    assert all(wide >= 230 and high >= 80 and parts > 5 for wide, high, parts in boxes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser, page, scheme):
    browser.look(1280, scheme=scheme)
    browser.open(page)
    browser.run(OPEN_ALL)
    assert browser.run(FAINT) == []


def test_dark_is_dark_and_figures_keep_their_paper(browser, page):
    grounds = []
    for scheme in ("light", "dark"):
        browser.look(1280, scheme=scheme)
        browser.open(page)
        grounds.append(
            browser.run(
                "['body', '.paper'].map(name => getComputedStyle(document.querySelector(name)).backgroundColor)"
            )
        )
    (light, paper), (dark, paper_at_night) = grounds
    assert light == paper == paper_at_night == "rgb(255, 255, 255)"
    assert max(int(part) for part in dark[4:-1].split(",")) < 60


def test_a_click_sorts_a_table_and_another_one_turns_it_round(opened):
    heads = opened.run(
        "Array.from(document.querySelectorAll('table')).map(own => Array.from(own.tHead.rows[0].cells)"
        ".map(cell => cell.textContent))"
    )
    t = next(i for i, own in enumerate(heads) if own[0] == "person" and "linear" in own)
    c = heads[t].index("linear")
    before = opened.run(COLUMN.format(t=t, c=c))
    opened.click(f"document.querySelectorAll('table')[{t}].tHead.rows[0].cells[{c}].querySelector('button')")
    up = opened.run(COLUMN.format(t=t, c=c))
    opened.press_enter()  # the head that was clicked has the keyboard
    down = opened.run(COLUMN.format(t=t, c=c))
    assert Counter(before) == Counter(up) == Counter(down)
    assert [float(text) for text in up] == sorted(map(float, before))
    assert [float(text) for text in down] == sorted(map(float, before), reverse=True)


def test_printed_it_is_a_document_with_all_parts_open(opened):
    pdf = opened.print()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") > 3
    assert opened.run("Array.from(document.querySelectorAll('details')).every(part => part.open)")


def test_at_night_print_is_still_black_on_white(browser, page):
    browser.look(794, scheme="dark", media="print")
    browser.open(page)
    ink, ground = browser.run("['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])")
    assert ground == "rgb(255, 255, 255)"
    assert max(int(part) for part in ink[4:-1].split(",")) < 60


def test_a_browser_leaves_nothing_behind():
    with Browser.running() as running:
        os.killpg(running.process, 0)
    with pytest.raises(BrowserError, match="has ended"):
        running.call("Page.enable")
    assert _gone(running.process)


def _gone(group):
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_page_is_photographed_on_a_desk_and_on_a_phone(page, tmp_path):
    script = Path(__file__).parents[2] / "docs" / "photograph.py"
    subprocess.run([sys.executable, script, page, tmp_path], check=True)
    sizes = {path.name: Image.open(path).size for path in tmp_path.iterdir()}
    assert sizes == {"report.png": (1280, 2060), "report-phone.png": (390, 1000)}
