"""The report of a training as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from layerwise._version import __version__
from layerwise.atomic import replacing
from layerwise.cli.describing import how_they_ended, layers, notices, rows_line, settings_shown, target_line
from layerwise.cli.display import METRIC_NAMES, UNITS, figures
from layerwise.cli.measured import QUANTILES, pooled, quantile_name, sound
from layerwise.cli.pictures import inline_svg
from layerwise.cli.streams import printable
from layerwise.errors import TableError
from layerwise.estimators.tabular import TabularModel, plots
from layerwise.storage import read_model_file

__all__ = ["html", "write"]

DRAWN_CLASSES = 20
"""With more, the confusion matrix is no picture that can be read."""


def write(model: TabularModel, table: str, where: str, model_file: Path, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises
    ------
    TableError
        If it cannot be written.
    """
    content = html(model, table, where, f"{model_file.name}, sha256:{read_model_file(model_file).digest}")
    try:
        with replacing(path) as file:
            file.write(content.encode("utf-8", errors="replace"))
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def html(model: TabularModel, table: str, where: str, model_file: str) -> str:
    """Return the page.

    Parameters
    ----------
    model : TabularModel
    table : str
        The name of the file that was learnt from.
    where : str
        The rows that the metrics are of: "48,842 held-out rows".
    model_file : str
        The name of the model's file, and its digest.
    """
    title = f"{model.target.name}, learnt from {table}"
    css = (files("layerwise.cli") / "data" / "report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{_text(title)}</title>
<style>
{css}</style>
</head>
<body>
<header>
<h1>{_text(title)}</h1>
<p class="lead">{_text(_sentence(target_line(model.target)))} {_text(_sentence(rows_line(model)))}
All numbers and pictures are of {_text(where)}.</p>
{_headline(model)}
</header>
<main>
<div class="cards">
{_cards(model)}
</div>
{_section("The columns", _schema(model), "schema")}
{_section("Settings", _settings(model))}
</main>
<footer><p>Model file <code>{_text(model_file)}</code>. Written by layerwise {_text(__version__)}.</p></footer>
</body>
</html>
"""


def _cards(model: TabularModel) -> str:
    parts = (_metrics, _learning_curve, _networks, _importance, _calibration, _mistakes)
    return "\n".join(part(model) for part in parts)


def _headline(model: TabularModel) -> str:
    shown = []
    for name, value in list(model.evaluation.metrics.items())[:3]:
        baseline = f"baseline {figures(model.evaluation.baseline[name])}"
        label = _text(METRIC_NAMES.get(name, name))
        shown.append(f"<li><em>{label}</em><b>{_text(figures(value))}</b><span>{_text(baseline)}</span></li>")
    return f'<ul class="headline">{"".join(shown)}</ul>'


def _metrics(model: TabularModel) -> str:
    unit = f"of {model.target.name}"
    rows = [
        (METRIC_NAMES.get(name, name), figures(value), figures(model.evaluation.baseline[name]), UNITS.get(name, unit))
        for name, value in model.evaluation.metrics.items()
    ]
    trivial = "the class shares" if model.target.classes else "the mean"
    caption = f'<p class="lead">The baseline predicts {trivial} of the training rows.</p>'
    table = _table(("metric", "model", "baseline", "unit"), rows, numbers=(1, 2))
    return _section("Metrics", table + caption)


def _learning_curve(model: TabularModel) -> str:
    if not any(len(member.history) for member in model.members):
        return ""
    caption = "The cost by epoch, on training and on held-out rows."
    alt = f"{caption} {' '.join(map(_sentence, how_they_ended(model)))}"
    return _picture("Learning curve", "curve", plots.learning_curve, model, alt, caption)


def _importance(model: TabularModel) -> str:
    entries = model.evaluation.importances
    if not entries:
        return ""
    first = ", ".join(f"{entry.column} ({entry.permutation:.4f})" for entry in entries[:3])
    caption = "How much the cost rises when a column is shuffled; the lines are standard deviations over the networks."
    alt = f"{caption} The most important: {first}."
    return _picture("What it depends on", "importance", plots.importance, model, alt, caption)


def _calibration(model: TabularModel) -> str:
    bins = pooled(model.evaluation.calibration)
    if not bins or not sound(model.evaluation):
        return ""
    as_text: Callable[[float], str] = "{:.1%}".format if model.target.classes else figures
    rows = [(f"{entry.rows:,}", as_text(entry.predicted), as_text(entry.observed)) for entry in bins]
    caption = "What was predicted against what was true. On the dotted line they agree."
    alt = f"{caption} " + "; ".join(f"{predicted} and {true}" for _, predicted, true in rows)
    table = _details("As numbers", _table(("rows", "predicted", "true"), rows, numbers=(0, 1, 2)))
    return _picture("Calibration", "calibration", plots.calibration, model, alt, caption, table)


def _mistakes(model: TabularModel) -> str:
    evaluation, names = model.evaluation, model.target.class_names
    if not sound(evaluation):
        return ""
    if not names:
        return _residuals(model)
    right = sum(evaluation.confusion[k][k] for k in range(len(names)))
    caption = f"{right:,} of {sum(map(sum, evaluation.confusion)):,} rows are given their class."
    if len(names) > DRAWN_CLASSES:
        return _section("Mistakes", f"<p>{_text(caption)}</p>")
    rows = [(names[k], *(f"{n:,}" for n in counts)) for k, counts in enumerate(evaluation.confusion)]
    numbers = tuple(range(1, len(names) + 1))
    table = _details("As numbers", _table(("true \\ predicted", *names), rows, numbers=numbers))
    return _picture("Mistakes", "confusion", plots.confusion, model, caption, caption, table)


def _residuals(model: TabularModel) -> str:
    residuals = model.evaluation.residuals
    rows = [(quantile_name(k), figures(residuals[k])) for k in QUANTILES if k < len(residuals)]
    caption = f"Prediction minus truth, in the unit of {model.target.name}: such a share of the rows lies below."
    alt = f"{caption} " + "; ".join(" ".join(row) for row in rows)
    table = _details("As numbers", _table(("rows below", "residual"), rows, numbers=(1,)))
    return _picture("Residuals", "residuals", plots.residuals, model, alt, caption, table)


def _networks(model: TabularModel) -> str:
    net = model.members[0].network
    ended = " ".join(map(_sentence, how_they_ended(model)))
    rows = [
        ("networks", str(len(model.members))),
        ("layers", layers(net)),
        ("loss", net.loss),
        ("parameters", f"{net.n_parameters:,}" + (" each" if len(model.members) > 1 else "")),
        ("training", ended),
    ]
    return _section("The networks", _table((), rows))


def _schema(model: TabularModel) -> str:
    schema = model.encoder.schema
    rows = [(info.column, info.type, info.role, str(info.places), f"{info.missing:,}", info.detail) for info in schema]
    kinds = ["dropped" if info.role == "dropped" else "" for info in schema]
    table = _table(("column", "type", "role", "inputs", "missing", "detail"), rows, (3, 4), kinds)
    return table + "".join(f'<p class="lead">{_text(notice)}</p>' for notice in notices(model))


def _settings(model: TabularModel) -> str:
    shown = {name: _plain(value) for name, value in settings_shown(model).items()}
    return _table((), list(shown.items()))


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name}={entry}" for name, entry in value.items()) or "none"
    return str(value)


def _picture(
    heading: str,
    name: str,
    draw: Callable[[TabularModel], Any],
    model: TabularModel,
    alt: str,
    caption: str,
    more: str = "",
) -> str:
    svg = inline_svg(name, draw, model, printable(alt))
    return _section(heading, f"<figure>{svg}<figcaption>{_text(caption)}</figcaption></figure>{more}")


def _section(heading: str, content: str, kind: str = "card") -> str:
    return f"<section class='{kind}'>\n<h2>{_text(heading)}</h2>\n{content}\n</section>"


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{content}</details>"


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), classes: Sequence[str] = ()
) -> str:
    """Return a table whose first column names its rows; `numbers` are places of columns, `classes` those of rows."""
    right = dict.fromkeys(numbers, ' class="n"')
    head = "".join(f'<th scope="col"{right.get(k, "")}>{_text(text)}</th>' for k, text in enumerate(headings))
    body = [_row(cells, right, classes[i] if classes else "") for i, cells in enumerate(rows)]
    thead = f"<thead><tr>{head}</tr></thead>" if headings else ""
    return f'<div class="scroll"><table>{thead}<tbody>{"".join(body)}</tbody></table></div>'


def _row(cells: Sequence[str], right: Mapping[int, str], kind: str) -> str:
    first = f'<th scope="row"{right.get(0, "")}>{_text(cells[0])}</th>'
    rest = "".join(f"<td{right.get(k, '')}>{_text(text)}</td>" for k, text in enumerate(cells) if k)
    return f"<tr{f' class={kind}' if kind else ''}>{first}{rest}</tr>"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _text(text: object) -> str:
    return escape(printable(text), quote=True)
