"""The report of a training as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from layerwise.cli.describing import how_they_ended, layers, notices, rows_line, settings_shown, target_line
from layerwise.cli.display import METRIC_NAMES, UNITS, figures
from layerwise.cli.markup import details, document, headline, section, sentence, table_of, text_of, write_page
from layerwise.cli.measured import QUANTILES, pooled, quantile_name, sound
from layerwise.cli.pictures import inline_svg
from layerwise.cli.streams import printable
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
    write_page(content, path)


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
    lead = f"""{text_of(sentence(target_line(model.target)))} {text_of(sentence(rows_line(model)))}
All numbers and pictures are of {text_of(where)}."""
    main = f"""<div class="cards">
{_cards(model)}
</div>
{section("The columns", _schema(model), "schema")}
{section("Settings", _settings(model))}"""
    return document(f"{model.target.name}, learnt from {table}", lead, _headline(model), main, model_file)


def _cards(model: TabularModel) -> str:
    parts = (_metrics, _learning_curve, _networks, _importance, _calibration, _mistakes)
    return "\n".join(part(model) for part in parts)


def _headline(model: TabularModel) -> str:
    return headline(
        (
            METRIC_NAMES.get(name, name),
            figures(value),
            f"baseline {figures(model.evaluation.baseline[name])}",
        )
        for name, value in list(model.evaluation.metrics.items())[:3]
    )


def _metrics(model: TabularModel) -> str:
    unit = f"of {model.target.name}"
    rows = [
        (METRIC_NAMES.get(name, name), figures(value), figures(model.evaluation.baseline[name]), UNITS.get(name, unit))
        for name, value in model.evaluation.metrics.items()
    ]
    trivial = "the class shares" if model.target.classes else "the mean"
    caption = f'<p class="lead">The baseline predicts {trivial} of the training rows.</p>'
    table = table_of(("metric", "model", "baseline", "unit"), rows, numbers=(1, 2))
    return section("Metrics", table + caption)


def _learning_curve(model: TabularModel) -> str:
    if not any(len(member.history) for member in model.members):
        return ""
    caption = "The cost by epoch, on training and on held-out rows."
    alt = f"{caption} {' '.join(map(sentence, how_they_ended(model)))}"
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
    table = details("As numbers", table_of(("rows", "predicted", "true"), rows, numbers=(0, 1, 2)))
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
        return section("Mistakes", f"<p>{text_of(caption)}</p>")
    rows = [(names[k], *(f"{n:,}" for n in counts)) for k, counts in enumerate(evaluation.confusion)]
    numbers = tuple(range(1, len(names) + 1))
    table = details("As numbers", table_of(("true \\ predicted", *names), rows, numbers=numbers))
    return _picture("Mistakes", "confusion", plots.confusion, model, caption, caption, table)


def _residuals(model: TabularModel) -> str:
    residuals = model.evaluation.residuals
    rows = [(quantile_name(k), figures(residuals[k])) for k in QUANTILES if k < len(residuals)]
    caption = f"Prediction minus truth, in the unit of {model.target.name}: such a share of the rows lies below."
    alt = f"{caption} " + "; ".join(" ".join(row) for row in rows)
    table = details("As numbers", table_of(("rows below", "residual"), rows, numbers=(1,)))
    return _picture("Residuals", "residuals", plots.residuals, model, alt, caption, table)


def _networks(model: TabularModel) -> str:
    net = model.members[0].network
    ended = " ".join(map(sentence, how_they_ended(model)))
    rows = [
        ("networks", str(len(model.members))),
        ("layers", layers(net)),
        ("loss", net.loss),
        ("parameters", f"{net.n_parameters:,}" + (" each" if len(model.members) > 1 else "")),
        ("training", ended),
    ]
    return section("The networks", table_of((), rows))


def _schema(model: TabularModel) -> str:
    schema = model.encoder.schema
    rows = [(info.column, info.type, info.role, str(info.places), f"{info.missing:,}", info.detail) for info in schema]
    kinds = ["dropped" if info.role == "dropped" else "" for info in schema]
    table = table_of(("column", "type", "role", "inputs", "missing", "detail"), rows, (3, 4), kinds)
    return table + "".join(f'<p class="lead">{text_of(notice)}</p>' for notice in notices(model))


def _settings(model: TabularModel) -> str:
    shown = {name: _plain(value) for name, value in settings_shown(model).items()}
    return table_of((), list(shown.items()))


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
    return section(heading, f"<figure>{svg}<figcaption>{text_of(caption)}</figcaption></figure>{more}")
