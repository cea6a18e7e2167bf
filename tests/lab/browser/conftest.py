"""A lab and a browser for the tests of a module, a page for each test: what its console objects to fails the test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from driving import Page, Watched
from playwright.sync_api import Browser, BrowserContext, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SERVED = [sys.executable, "-c", "from layerwise.cli import main; main()", "lab", "--no-browser", "--port", "0"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def link() -> Iterator[str]:
    """Return the link of a lab that `layerwise lab` serves."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(SERVED, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        yield next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        server.kill()


@pytest.fixture(scope="module")
def let_in(browser: Browser, link: str) -> Iterator[BrowserContext]:
    """Return what has the cookie that the link buys, once."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(link)
    page.close()
    yield context
    context.close()


@pytest.fixture
def watched(browser: Browser, let_in: BrowserContext, link: str) -> Iterator[Watched]:
    """Return a browser window that remembers nothing but the cookie."""
    context = browser.new_context(
        locale="en",
        base_url=link.partition("/?")[0],
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.add_cookies(let_in.cookies())  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    window = Watched(context)
    yield window
    context.close()
    assert window.objections == []


@pytest.fixture
def lab(watched: Watched) -> Page:
    """Return a page that is still empty: `lab.open(...)` goes to the lab."""
    return watched.page()
