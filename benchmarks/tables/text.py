"""What is read: a block for each table, mean ranks and bars, and the tables of the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report import duration, summary
from benchmarks.tables.models import MODELS
from benchmarks.tables.verdicts import bars_of, error, mean, median, ranks_on

WIDTHS = (24, 10, 9, 8, 10, 10, 6)
LAYERWISE = "Layerwise"


def number(value: float, like: float | None = None) -> str:
    """Return a score with the digits that count, or a standard error with those of its score."""
    size = abs(value if like is None else like)
    return f"{value:,.{0 if size >= 1000 else 2 if size >= 100 else 4}f}"


def block(table: Mapping[str, Any], tables: Sequence[Mapping[str, Any]] | None = None) -> str:
    """Return one table as aligned text."""
    ranked, bars = ranks_on(table, tables or [table]), bars_of(table)
    sizes = f"{table['rows']:,} rows, {table['columns']} columns, {table['texts']} of text"
    heading = ("", table["metric"], "± error", "AUC", "fit", "predict", "rank", "  wanted" if bars else "")
    lines = ["", f"{table['name']}: {sizes}", _line(heading)]
    for name in in_order(table["models"]):
        found = table["models"][name]
        said = _wishes(bars) if bars and bars[0]["peer"] == name else ""
        lines.append(_line((f"  {name}", *_cells(table["metric"], found), f"{ranked[name]:.3g}", said)))
    return "\n".join(lines)


def _cells(metric: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    score, auc = mean(found, metric), mean(found, "AUC")
    if score is None:
        return ("failed", "", "", "", "")
    return (
        number(score),
        number(error(found, metric), score),
        "" if auc is None else f"{auc:.4f}",
        duration(median(found, "fit")),
        duration(median(found, "predict")),
    )


def _wishes(bars: Sequence[Mapping[str, Any]]) -> str:
    verdict = "met" if all(each["met"] for each in bars) else "falls short"
    return f"  {', '.join(_wish(each) for each in bars)}  {verdict}"


def _wish(wanted: Mapping[str, Any]) -> str:
    sign, limit = ("≥", wanted["least"]) if wanted["most"] is None else ("≤", wanted["most"])
    if wanted["what"] == "fit seconds":
        return f"{sign} {duration(limit)}"
    return f"{sign} {limit:,.4g}" if limit < 1000 else f"{sign} {limit:,.0f}"


def _line(cells: Sequence[str]) -> str:
    first, *rest = cells
    aligned = [f"{cell:>{width}}" for cell, width in zip(rest[:-1], WIDTHS[1:], strict=True)]
    return f"{first:<{WIDTHS[0]}}{''.join(aligned)}{rest[-1]}".rstrip()


def in_order(names: Mapping[str, Any]) -> list[str]:
    """Return names of models in the order in which they are listed everywhere."""
    return [model.name for model in MODELS if model.name in names]


def closing(results: Mapping[str, Any]) -> str:
    """Return the mean ranks, and which bars are met."""
    count, ranked = len(results["tables"]), results["mean_ranks"]
    lines = ["", f"mean rank over {count} table{'s' if count != 1 else ''}"]
    lines += [f"  {name:<{WIDTHS[0] - 2}}{ranked[name]:>10.2f}" for name in sorted(ranked, key=ranked.__getitem__)]
    lines += [f"{each['what']}: {each['value']:.3g}, wanted {_wish(each)}" for each in results["bars"]]
    wanted = [*results["tables"], {"name": "all tables", "bars": results["bars"]}]
    return "\n".join([*lines, "", summary([*wanted])])


def markdown(results: Mapping[str, Any]) -> str:
    """Return the scores with standard errors and mean ranks, and the seconds of a fit, as two tables."""
    tables = results["tables"]
    head = [f"{table['name']} ({table['metric']})" for table in tables]
    names = in_order(results["mean_ranks"])
    scores = [[name, *_bold_best(tables, name), f"{results['mean_ranks'][name]:.1f}"] for name in names]
    times = [[name, *(_fit(table["models"].get(name, {})) for table in tables)] for name in names]
    return "\n\n".join(
        [
            _grid(["", *head, "mean rank"], scores),
            _grid(["seconds of a fit", *(table["name"] for table in tables)], times),
        ]
    )


def _bold_best(tables: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    cells = []
    for table in tables:
        metric, found = table["metric"], table["models"].get(name, {})
        means = [value for each in table["models"].values() if (value := mean(each, metric)) is not None]
        own = mean(found, metric)
        said = "–" if own is None else f"{number(own)} ± {number(error(found, metric), own)}"
        cells.append(f"**{said}**" if own is not None and own == min(means) else said)
    return cells


def _fit(found: Mapping[str, Any]) -> str:
    taken = median(found, "fit")
    return "–" if taken is None else duration(taken)


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ruler, *rows))
