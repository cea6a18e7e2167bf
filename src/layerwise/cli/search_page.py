"""The report of a search as one HTML page that needs nothing else: every trial, drawn and in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerwise.cli.describing import target_line
from layerwise.cli.leaderboard import Measure, value_text
from layerwise.cli.markup import document, headline, section, sentence, table_of, text_of, write_page
from layerwise.cli.search_pictures import learning_curves, parallel_coordinates
from layerwise.estimators.tabular import TabularModel
from layerwise.storage import read_model_file

__all__ = ["html", "write"]

ENDS = {
    "budget": "the budget was used",
    "n_trials": "all trials were made",
    "space": "every combination was tried",
    "failures": "the first trials all failed",
    "interrupted": "Ctrl-C",
}


def write(
    found: Any,
    measure: Measure,
    model: TabularModel,
    table: str,
    which: str,
    settings: Mapping[str, str],
    files: tuple[Path, Path],
) -> None:
    """Write the page, whole or not at all; `files` are that of the model and its own.

    Raises
    ------
    TableError
        If it cannot be written.
    """
    model_file, path = files
    told = f"{model_file.name}, sha256:{read_model_file(model_file).digest}"
    write_page(html(found, measure, model, table, which, settings, told), path)


def html(
    found: Any,
    measure: Measure,
    model: TabularModel,
    table: str,
    which: str,
    settings: Mapping[str, str],
    model_file: str,
) -> str:
    """Return the page.

    Parameters
    ----------
    found : SearchResult
    measure : Measure
        What the trials are ranked by.
    model : TabularModel
        That was written.
    table : str
        The name of the file that was learnt from.
    which : str
        Whose model it is.
    settings : dict of str to str
        Of the search.
    model_file : str
        The name of the model's file, and its digest.
    """
    ranked = found.leaderboard
    main = [_parallel(found, measure), _curves(found, measure), _board(ranked, found, measure)]
    main += [_failures(found), section("The search", table_of((), _settings(found, measure, settings)))]
    lead = f"{text_of(sentence(target_line(model.target)))} {text_of(which)}"
    return document(
        f"{model.target.name}, searched on {table}", lead, _headline(found, measure), "\n".join(main), model_file
    )


def _headline(found: Any, measure: Measure) -> str:
    states = Counter(trial.state for trial in found.trials)
    best, first = found.best_trial_, found.trials[0]
    before = f"trial {best.number}" + ("" if first.number else f"; without a search {measure.shown(first.score)}")
    others = ", ".join(f"{states[state]} {state}" for state in ("terminated", "failed") if states[state])
    return headline(
        [
            (measure.label, measure.shown(best.score), before),
            ("trials", f"{len(found.trials):,}", others or "all complete"),
            ("seconds", f"{found.seconds:,.1f}", f"{sum(trial.epochs for trial in found.trials):,} epochs"),
        ]
    )


def _parallel(found: Any, measure: Measure) -> str:
    svg = parallel_coordinates(found.leaderboard, found.space, measure)
    caption = (
        "Each line is a trial, from its parameters to its score; the bold one is the best, thin dashed ones ended "
        "early. The fifth of the trials that is best is blue, the worst is orange. Point at a line to read it."
    )
    return section("The trials", _wide(svg, caption), "card trials")


def _curves(found: Any, measure: Measure) -> str:
    svg = learning_curves(found.leaderboard, measure)
    caption = (
        "The validation cost by epoch, the mean over the parts that were held out. What lies above the picture is "
        "drawn at its edge."
    )
    return section("Learning curves", _wide(svg, caption), "card trials curves") if svg else ""


def _wide(svg: str, caption: str) -> str:
    return f'<figure><div class="scroll">{svg}</div><figcaption>{text_of(caption)}</figcaption></figure>'


def _board(ranked: list[Any], found: Any, measure: Measure) -> str:
    names = list(found.space)
    rows = [
        (
            str(rank),
            str(trial.number),
            measure.shown(trial.score),
            trial.state,
            f"{trial.epochs:,}",
            f"{trial.seconds:.1f}",
            *(_value(trial.params.get(name)) for name in names),
        )
        for rank, trial in enumerate(ranked, start=1)
    ]
    headings = ("", "trial", measure.label, "state", "epochs", "s", *names)
    kinds = ["best" if trial is ranked[0] else "cut" if trial.state == "terminated" else "" for trial in ranked]
    return section("Leaderboard", table_of(headings, rows, (0, 1, 2, 4, 5), kinds), "card board")


def _failures(found: Any) -> str:
    failed = [trial for trial in found.trials if trial.state == "failed"]
    if not failed:
        return ""
    rows = [
        (str(trial.number), ", ".join(f"{name}={_value(value)}" for name, value in trial.params.items()), trial.error)
        for trial in failed
    ]
    return section("Failures", table_of(("trial", "parameters", "error"), rows, (0,)))


def _settings(found: Any, measure: Measure, settings: Mapping[str, str]) -> list[tuple[str, str]]:
    space = [(name, _values(values)) for name, values in found.space.items()]
    return [
        ("best is", f"the {'highest' if measure.sign > 0 else 'lowest'} {measure.label}"),
        ("ended by", ENDS[found.stopped]),
        ("parts held out", str(len(found.best_trial_.scores))),
        *settings.items(),
        *((f"tried for {name}", values) for name, values in space),
    ]


def _values(values: Any) -> str:
    if hasattr(values, "low") and hasattr(values, "high"):
        return f"{values.low:g} to {values.high:g}{', by its logarithm' if values.log else ''}"
    return "; ".join(map(_value, values)) if isinstance(values, list | tuple) else str(values)


def _value(value: Any) -> str:
    return "own" if value is None else value_text(value)
