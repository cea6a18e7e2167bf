"""What is read: a table of all sides with what was wanted of them, and which bars are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks.report import duration, summary, times

Cells = tuple[str, str, str, str, str]
NONE = "–"
WIDTH = 230
"""Of the table at least: a narrower one leaves figures out."""


def heading(about: Mapping[str, Any]) -> str:
    """Return the machine and the versions."""
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return f"{about['processor']}, {about['instruction_set']}, {about['threads']} threads at most\n{versions}"


def show(parts: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print the parts as one table."""
    console = console or Console(width=max(WIDTH, Console().width))
    console.print(table(parts))


def table(parts: Sequence[Mapping[str, Any]]) -> Table:
    """Return the parts as one table."""
    found = Table(box=SIMPLE, pad_edge=False, header_style="bold")
    right = ("seconds", "found", "layerwise faster")
    for name in ("", "", *right, "wanted"):
        found.add_column(name, justify="right" if name in right else "left", no_wrap=True)
    for part in parts:
        for k, cells in enumerate(rows(part)):
            found.add_row("" if k else part["name"], *cells)
        found.add_section()
    return found


def rows(part: Mapping[str, Any]) -> Iterator[Cells]:
    """Yield the cells of every side; a bar of what is no side, or is not there, has a line of its own."""
    for name, side in part["sides"].items():
        label = name + (f" ({side['way']})" if side.get("way") else "")
        ratio = side.get("times")
        faster = "" if ratio is None or (name.startswith("layerwise") and ratio == 1) else times(ratio)
        bars = [each for each in part["bars"] if each["peer"] == name]
        yield label, duration(side["median"]), score(side), faster, "; ".join(wish(each) for each in bars)
    for each in part["bars"]:
        if each["peer"] not in part["sides"]:
            yield each["peer"], "", "", "", wish(each)


def score(side: Mapping[str, Any]) -> str:
    """Return what a side found: a score with its standard error and epochs, or a log loss with its AUC."""
    if "score" in side:
        epochs = f", {side['epochs']:,} epochs" if "epochs" in side else ""
        return f"{side['score']:.4f} ± {side['error']:.4f}{epochs}"
    return f"log loss {side['log loss']:.4f}, AUC {side['AUC']:.4f}" if "log loss" in side else ""


def wish(wanted: Mapping[str, Any]) -> str:
    """Return a bar, the value, and whether it is met."""
    sign, limit = ("≥", wanted["least"]) if wanted["most"] is None else ("≤", wanted["most"])
    value = NONE if wanted["value"] is None else _said(wanted["what"], wanted["value"])
    verdict = "met" if wanted["met"] else "falls short"
    return f"{wanted['what']} {value} {sign} {_said(wanted['what'], limit)}: {verdict}"


def _said(what: str, value: float) -> str:
    return duration(value) if what.startswith("seconds") else f"{value:.3g}"


def closing(results: Mapping[str, Any]) -> str:
    """Return which bars are met."""
    return "\n" + summary(list(results["parts"]))
