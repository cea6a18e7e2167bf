"""From timings to what is read: ratios and verdicts, the aligned table, the JSON file."""

from __future__ import annotations

import importlib
import json
import math
import statistics
from pathlib import Path
from typing import Any

from benchmarks.measuring import Result
from benchmarks.workloads import BEST, IMPORT, IMPORT_WANTED_SECONDS, Training, Workload

WIDTHS = (47, 10, 10, 9, 10, 19, 10)
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def entry(workload: Workload, result: Result) -> dict[str, Any]:
    """Return all that is known of one workload as plain JSON values, raw timings included."""
    peak = max(result.peak, default=None)  # other work on the machine can only lower it
    found: dict[str, Any] = {
        "name": workload.name,
        "title": workload.title,
        "label": workload.label,
        "training": isinstance(workload, Training),
        "flops": workload.flops,
        "peak_flops": peak,
        "peak_raw": result.peak,
        "peers": _peers(result, workload.flops, peak),
    }
    wanted = dict(workload.wanted)
    if BEST in wanted:
        rivals = [timing for timing in result.timings[1:] if timing.agrees]
        wanted = {min(rivals, key=lambda timing: timing.median).peer: wanted.pop(BEST)} if rivals else {}
    bars = [bar(peer, "times", found["peers"][peer]["times"], least=least) for peer, least in wanted.items()
            if peer in found["peers"]]  # fmt: skip
    ours = found["peers"]["layerwise"]
    if workload.wanted_seconds is not None:
        bars.append(bar("layerwise", "seconds", ours["median"], most=workload.wanted_seconds))
    if workload.wanted_peak is not None:
        bars.append(bar("layerwise", "of_peak", ours["of_peak"], least=workload.wanted_peak))
    for each in bars:
        each["met"] = each["met"] and found["peers"][each["peer"]]["agrees"]
    return {**found, "bars": bars}


def import_entry(result: Result) -> dict[str, Any]:
    """Return the import's timings in the form of the other entries."""
    peers = _peers(result, None, None)
    bars = [bar("layerwise", "seconds", peers["layerwise"]["median"], most=IMPORT_WANTED_SECONDS)]
    title = "the import in a fresh process that has NumPy"
    return {
        "name": IMPORT,
        "title": title,
        "training": False,
        "flops": None,
        "peak_flops": None,
        "peers": peers,
        "bars": bars,
    }


def bar(
    peer: str, what: str, value: float | None, least: float | None = None, most: float | None = None
) -> dict[str, Any]:
    """Return what was wanted of a value and whether it is met; what could not be measured is not."""
    met = value is not None and (value >= least if least is not None else value <= most)
    return {"peer": peer, "what": what, "value": value, "least": least, "most": most, "met": met}


def _peers(result: Result, flops: float | None, peak: float | None) -> dict[str, dict[str, Any]]:
    ours = result.timings[0]
    found = {}
    for timing in result.timings:
        rate = flops and flops / timing.median
        # each round is one pair: what slows the machine down for a while slows both
        pairs = zip(timing.seconds, ours.seconds, strict=True)
        found[timing.peer] = {
            "way": timing.way,
            "median": timing.median,
            "times": statistics.median(theirs / own for theirs, own in pairs),
            "flops_per_second": rate,
            "of_peak": rate / peak if rate and peak else None,
            "value": timing.value,
            "agrees": timing.agrees,
            "same_batches": timing.same_batches,
            "seconds": timing.seconds,
            "trials": timing.trials,
        }
    return found


def block(each: dict[str, Any]) -> str:
    """Return one workload as aligned text."""
    lines = ["", f"{each['name']}: {each['title']}", _line(_heading(each))]
    lines += [_line(_cells(name, peer, each)) for name, peer in each["peers"].items()]
    if each["peak_flops"]:
        lines.append(_line(("  multiply-adds alone", "", f"{each['peak_flops'] / 1e9:,.1f}", "100 %")))
    return "\n".join(lines)


def _heading(each: dict[str, Any]) -> tuple[str, ...]:
    value = "" if each["flops"] is None else "cost" if each["training"] else "error"
    return ("", "seconds", "GFLOP/s", "of peak", value, "layerwise faster", "wanted")


def _line(cells: tuple[str, ...]) -> str:
    first, *rest = cells
    aligned = [f"{cell:>{width}}" for cell, width in zip(rest, (*WIDTHS[1:], 0), strict=False)]
    return f"{first:<{WIDTHS[0]}}{''.join(aligned)}".rstrip()


def _cells(name: str, peer: dict[str, Any], each: dict[str, Any]) -> tuple[str, ...]:
    bars = [b for b in each["bars"] if b["peer"] == name]
    verdict = "" if peer["agrees"] else "  computes something else"
    if bars and not verdict:
        verdict = "  met" if all(b["met"] for b in bars) else "  falls short"
    return (
        f"  {name}" + (f" ({peer['way']})" if peer["way"] else ""),
        duration(peer["median"]),
        "–" if not peer["flops_per_second"] else f"{peer['flops_per_second'] / 1e9:,.1f}",
        "–" if not peer["of_peak"] else f"{peer['of_peak']:.0%}".replace("%", " %"),
        f"{peer['value']:.2g}" if peer["value"] else "",
        "" if name == "layerwise" else times(peer["times"]),
        ", ".join(_wish(b) for b in bars),
        verdict,
    )


def _wish(wanted: dict[str, Any]) -> str:
    if wanted["what"] == "times":
        return f"{wanted['least']:g} ×"
    return f"{wanted['least']:.0%}".replace("%", " %") if wanted["what"] == "of_peak" else duration(wanted["most"])


def times(ratio: float) -> str:
    """Return a ratio with its sign."""
    return f"{three_digits(ratio)} ×"


def three_digits(value: float) -> str:
    """Return a number with three significant digits and never an exponent."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" if value > 0 else "0"


def duration(seconds: float) -> str:
    """Return seconds with three digits and the unit that suits them."""
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return f"{three_digits(seconds / size)} {unit}"


def summary(entries: list[dict[str, Any]]) -> str:
    """Return how many bars are met, and by name those that are not."""
    bars = [(each["name"], b) for each in entries for b in each["bars"]]
    if not bars:
        return "Nothing is wanted of these."
    short = [
        f"{name} against {b['peer']}" if b["what"] == "times" else f"{name}, {b['what'].replace('_', ' ')}"
        for name, b in bars
        if not b["met"]
    ]
    met = f"{len(bars) - len(short)} of {len(bars)} bars are met"
    return met + (f"; short of: {'; '.join(short)}." if short else ".")


def publish(results: dict[str, Any], path: Path | None, chart: Path | None, drawn_by: str, what: str) -> None:
    """Write the figures as JSON, and the chart that the module `drawn_by` draws, where they are asked for."""
    if path:
        write_json(path, results)
        print(f"{path} has every {what}")
    if chart:
        try:
            draw = importlib.import_module(drawn_by).draw
        except ImportError as error:
            print(f"No chart: {error}")
        else:
            draw(results, chart)


def write_json(path: Path, results: dict[str, Any]) -> None:
    """Write everything, raw timings included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
