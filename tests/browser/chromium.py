"""The report in a real browser, as its readers open it: from a file, without a network."""

import contextlib
import os
from pathlib import Path

from conftest import program

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextlib.contextmanager
def browser():
    """A running browser; skips the test where none is installed."""
    from playwright.sync_api import sync_playwright

    path = program("chromium")
    # Root may not start it in its sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield running
        finally:
            running.close()


@contextlib.contextmanager
def opened(running, report: Path, *, size=DESKTOP, scheme="light", script=True):
    """The report in a window of its own; fails if it asks for anything or complains."""
    context = running.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    try:
        yield page
        outside = [url for url in asked if not url.startswith(("data:", "blob:")) and url != report.as_uri()]
        assert not [url for url in outside if not url.startswith(report.as_uri() + "#")]
        assert not said
    finally:
        context.close()
