"""What stands on a page of a report: its tags, attributes and cells."""

import re
from html import unescape
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Tags, attributes, and the text of every table's cells; refuses tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.cells = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        data = data.replace("\N{NO-BREAK SPACE}", " ")
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def first_section(text, name="warnings"):
    """The warnings, or another section of the head, as a reader reads them."""
    return unescape(re.search(rf'<section id="{name}".*?</section>', text, re.DOTALL)[0])


def sentences(text):
    """What came out, a sentence a part."""
    return re.findall(r'<p class="lead">(.*?)</p>', first_section(text, "result"))
