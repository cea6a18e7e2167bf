"""The report: one page that needs nothing else, says what the terminal says, and takes no orders from a table."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from by_hand import write
from html_pages import Page

pytest.importorskip("matplotlib")

EVIL = "<script>alert(1)</script>\"'&$x$"


def page_of(layerwise, table, target, *options):
    code, out, err = layerwise("train", table, "--target", target, "--epochs", 4, "--report", "r.html", *options)
    assert code == 0, err
    assert "report written to r.html" in out
    text = Path("r.html").read_text(encoding="utf-8")
    return Page(text), text, out


@pytest.fixture
def houses(layerwise):
    rng = np.random.default_rng(1)
    rows = [(round(a, 3), round(b, 3), round(1000 + 300 * a - 200 * b, 2)) for a, b in rng.normal(size=(200, 2))]
    return write("houses.csv", "size,noise_level,price", rows)


def test_it_says_what_the_terminal_says(layerwise, people):
    page, _, out = page_of(layerwise, people, "buys")
    for number in re.search(r"accuracy │ +(\S+) │ +(\S+) │", out).groups():
        assert number in page.text
    for fact in ("people.csv", "log loss", "Learning curve", "Calibration", "Mistakes", "city", "3 levels", "epochs"):
        assert fact in page.text
    assert page.tags.count("svg") == 4
    digest = re.search(r"sha256:([0-9a-f]{64})", page.text)[1]
    assert digest in layerwise("inspect", "people.safetensors")[1]


def test_it_needs_nothing_else(layerwise, people):
    page, text, _ = page_of(layerwise, people, "buys")
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "xlink:href", "src", "style", "clip-path"):
            assert "//" not in value
            assert not re.match(r"\s*javascript", value)
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_pictures_have_names_and_ids_of_their_own(layerwise, people):
    page, text, _ = page_of(layerwise, people, "buys")
    svgs = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.S)]
    for svg in svgs:
        assert svg.get("role") == "img"
        assert len(svg.get("aria-label")) > 20
        assert svg.find("{http://www.w3.org/2000/svg}title").text == svg.get("aria-label")
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used <= set(ids)


def test_residuals_take_the_place_of_the_confusion(layerwise, houses):
    page, _, _ = page_of(layerwise, houses, "price")
    assert "Residuals" in page.text
    assert "Mistakes" not in page.text
    assert "of price" in page.text


def test_many_classes_are_not_drawn(layerwise):
    table = write("t.csv", "x,y", [(i * i % 31, f"c{i % 25}") for i in range(200)])
    page, _, out = page_of(layerwise, table, "y")
    assert "the 10 largest of 25 classes" in out
    assert page.tags.count("svg") == 3


def test_names_are_no_markup(layerwise):
    header = '"' + EVIL.replace('"', '""') + '"'
    rows = [(i * i % 17, i % 5, EVIL.replace('"', "") if i * i % 17 > 8 else "<u>no</u>") for i in range(90)]
    table = write("t&<i>.csv", f"{header},x,<u>target</u>", rows)
    page, _, _ = page_of(layerwise, table, "<u>target</u>")
    assert not {"script", "u", "i"} & set(page.tags)
    assert page.text.count(EVIL) >= 2
    assert "t&<i>.csv" in page.text


def test_the_same_training_gives_the_same_page(layerwise, people):
    _, one, _ = page_of(layerwise, people, "buys")
    _, again, _ = page_of(layerwise, people, "buys")
    assert one == again


def test_without_matplotlib_it_says_so_before_the_training(layerwise, people, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for option in (("--report", "r.html"), ("--plot", "p.png")):
        code, out, err = layerwise("train", people, "--target", "buys", *option)
        assert (code, out) == (2, "")
        assert err == f"layerwise: error: {option[0]} needs matplotlib: pip install 'layerwise[plot]'\n"
    assert not list(Path().glob("*.safetensors"))
