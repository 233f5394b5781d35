"""HTML pages as tests read them: parsed, and after their scripts have run in a browser."""

import shutil
import subprocess
from html.parser import HTMLParser

FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
_VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """The elements of a page, and the text of its cells."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def in_browser(page, profile):
    """Return the page as it is after its scripts have run."""
    command = [BROWSER, *FLAGS.split(), f"--user-data-dir={profile}", "--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
