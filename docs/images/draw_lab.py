"""Photograph the lab for the README, from the real thing: python docs/images/draw_lab.py

Needs the extra `lab`, playwright, Pillow and Chromium; a font with Chinese for the Chinese picture.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
TITANIC = HERE.parents[2] / "shared" / "data" / "titanic.csv"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZE = {"width": 1280, "height": 800}
FLOWER = "preset=flower&hidden=4&activations=tanh&learning_rate=1.2&epochs=600"
SPIRAL = "preset=spiral&hidden=8,8&activations=tanh,tanh&optimizer=adam&learning_rate=0.03&epochs=200"
FRAMES, WIDTH, COLOURS = 40, 720, 96
"""Of the animation: how many pictures at most, how wide, of how many colours."""


@contextmanager
def served(*arguments: str | Path) -> Iterator[str]:
    """Serve a lab; yield its link."""
    command = [Path(sys.executable).with_name("layerwise"), "lab", "--no-browser", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab:  # noqa: S603 - our own
        try:
            yield next(found[0] for line in lab.stdout or () if (found := re.search(r"http://\S+", line)))
        finally:
            lab.terminate()


def opened(browser: Browser, link: str, settings: str, **options: object) -> Page:
    """Return the page of a link and settings, drawn."""
    page = browser.new_context(viewport=SIZE, device_scale_factor=1.5, **options).new_page()
    page.goto(f"{link}#{settings}")
    page.wait_for_selector("html[data-ready=true]")
    return page


def trained(page: Page, pace: str = "") -> None:
    """Train to the end."""
    page.locator("select.pace").select_option(pace)
    page.locator("button.play").click()
    page.wait_for_selector("button.play[data-status=finished]", timeout=120_000)
    page.wait_for_timeout(800)  # the last transitions


def saved(page: Page, name: str) -> None:
    """Write what the window shows."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(200, dither=Image.Dither.NONE).save(HERE / name, optimize=True)
    print(f"{name}: {(HERE / name).stat().st_size / 1024:.0f} KB")


def animated(page: Page, name: str) -> None:
    """Write a run as a short animation: the network, its prediction and the timeline."""
    page.locator("select.pace").select_option("25")
    page.locator("button.play").click()
    frames: list[Image.Image] = []
    while page.locator("button.play[data-status=running]").count() or not frames:
        frames.append(Image.open(io.BytesIO(page.screenshot(scale="css"))).convert("RGB"))
    page.wait_for_timeout(800)
    frames = [
        *frames[:: -(-len(frames) // FRAMES)],
        Image.open(io.BytesIO(page.screenshot(scale="css"))).convert("RGB"),
    ]
    height = round(frames[0].height * WIDTH / frames[0].width)
    small = [frame.resize((WIDTH, height), Image.Resampling.LANCZOS) for frame in frames]
    palette = small[-1].quantize(COLOURS, dither=Image.Dither.NONE)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in small]
    small[0].save(
        HERE / name,
        save_all=True,
        append_images=small[1:],
        duration=[150] * (len(small) - 1) + [2500],
        loop=0,
        optimize=True,
    )
    print(f"{name}: {(HERE / name).stat().st_size / 1024:.0f} KB")


def main() -> None:
    """Take all pictures."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium here to photograph with.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with served() as link:
            page = opened(browser, link, FLOWER)
            trained(page)
            saved(page, "lab.png")
        with served() as link:
            animated(opened(browser, link, SPIRAL), "lab.gif")
        if TITANIC.exists():
            with served(TITANIC, "--target", "Survived") as link:
                page = opened(browser, link, "lang=zh", color_scheme="dark")
                trained(page)
                saved(page, "lab-table.png")
        browser.close()


if __name__ == "__main__":
    main()
