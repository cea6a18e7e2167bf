"""`layerwise search`: the settings of `train` that a number of trials, or a time, can find; and the model with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from layerwise.checks import known_name
from layerwise.cli import search_page
from layerwise.cli.describing import target_line, where_measured
from layerwise.cli.display import out
from layerwise.cli.files import check_apart, check_model_name, check_page_name, check_writable
from layerwise.cli.fitting import Problem, in_words_of_the_command_line, problem_of, settings_of
from layerwise.cli.interrupts import Interrupts
from layerwise.cli.leaderboard import Leaderboard, Measure, show_board
from layerwise.cli.options import FitOptions
from layerwise.cli.space_file import SEARCHABLE, space_in
from layerwise.cli.streams import printable
from layerwise.cli.training import show
from layerwise.errors import ParameterError, require
from layerwise.estimators.tabular import Rows, TabularModel
from layerwise.storage import save
from layerwise.tables import Table

__all__ = ["Asked", "run"]

MEASURES = {
    "log_loss": Measure("log_loss", None, -1),  # the search's own
    "accuracy": Measure("accuracy", "accuracy", 1),
    "auc": Measure("auc", "roc_auc", 1),
    "rmse": Measure("rmse", "neg_root_mean_squared_error", -1),
    "mae": Measure("mae", "neg_mean_absolute_error", -1),
    "r2": Measure("r2", "r2", 1),
}
OF_TASK = {
    "binary": ("log_loss", "accuracy", "auc"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
}


@dataclass(frozen=True)
class Asked:
    """What is searched, for how long, and what is written."""

    output: Path
    report: Path | None = None
    journal: Path | None = None
    space: Path | None = None
    budget: str | None = None
    trials: int | None = None
    metric: str | None = None
    sampler: str = "auto"
    ensemble: int = 0
    folds: int | None = None

    def check(self, table: Path) -> None:
        """Refuse, before the search, what cannot be done."""
        if self.metric is not None:
            known_name("metric", self.metric, MEASURES)
        known_name("sampler", self.sampler, ("auto", "optuna", "random"))
        if self.ensemble and self.folds is not None:
            raise ParameterError("--ensemble holds one fifth of the rows out, and takes no --folds. Leave one out.")
        check_model_name(self.output)
        written = {"--output": self.output, "--report": self.report, "--journal": self.journal}
        check_apart({**written, "the table": table, "--space": self.space})
        if self.report is not None:
            check_page_name(self.report)
        for path in written.values():
            if path is not None:
                check_writable(path)


def run(path: Path, options: FitOptions, asked: Asked, *, quiet: bool) -> int:
    """Search, show, write; return the exit code."""
    require("sklearn", extra="search", purpose="layerwise search")
    if asked.sampler == "optuna":
        require("optuna", extra="search", purpose="--sampler optuna")
    from layerwise.searching import SearchResult, search
    from layerwise.searching.budget import seconds_of

    asked.check(path)
    budget = asked.budget or ("60s" if asked.trials is None else None)
    with _as_typed():
        seconds = None if budget is None else seconds_of(budget)
    settings_of(options)  # which refuses what needs no table to be seen as wrong
    if options.engine == "numpy":
        raise ParameterError("--engine numpy cannot search: the trials are the C++ core's. Leave it out.")
    given = None if asked.space is None else space_in(asked.space)
    problem = problem_of(path, options)
    measure = _measure(asked.metric, problem.target.task)
    estimator = _estimator(problem, options)
    X, y = _frame(problem)
    if not quiet:
        rows, columns = problem.n_rows, len(problem.table)
        out.print(printable(f"{problem.name}: {rows:,} rows, {columns} columns"))
        problem.tell()
        out.print(printable(target_line(problem.target)))
    space = _space(given, estimator, options, problem.rows.n_rows)
    board = Leaderboard(measure, seconds, asked.trials, {name: getattr(estimator, name) for name in space})
    with Interrupts() as interrupts:
        with _as_typed(), board.shown(quiet=quiet):
            found: SearchResult = search(
                estimator,
                X,
                y,
                space,
                budget=seconds,
                n_trials=asked.trials,
                scoring=measure.scoring,
                cv=_splits(problem, options.seed) if asked.ensemble else asked.folds,
                sample_weight=problem.rows.w,
                sampler=asked.sampler,
                ensemble=asked.ensemble,
                journal=asked.journal,
                callbacks=[board],
                threads=options.threads,
                random_state=options.seed,
            )
        model, which = _better(found, measure)
        if model is None:
            raise KeyboardInterrupt
        model = _with_what_the_file_said(model, problem)
        save(model, asked.output)
        if asked.report is not None:
            told = {
                "sampler": found.sampler,
                "seed": str(options.seed),
                "budget": "none" if seconds is None else f"{seconds:g} s",
                "trials at most": str(asked.trials or "any number"),
                "ensemble among": f"the best {asked.ensemble}" if asked.ensemble else "none",
            }
            search_page.write(found, measure, model, problem.name, which, told, (asked.output, asked.report))
        if not quiet:
            show_board(found, measure, board.own)
            out.print(which)
            show(model, where_measured(model))
            for what, file in (("model", asked.output), ("report", asked.report), ("trials", asked.journal)):
                if file is not None:
                    out.print(printable(f"{what} written to {file}"))
    if interrupts.heard or found.stopped == "interrupted":
        return 130
    return int(all(member.stopped == "diverged" for member in model.members))


@contextmanager
def _as_typed() -> Iterator[None]:
    """Name the options of the search in errors as they are typed."""
    try:
        with in_words_of_the_command_line():
            yield
    except ParameterError as error:
        told = str(error).replace("The 'budget' parameter of search", "--budget").replace("(cv)", "(--folds)")
        raise ParameterError(told.replace("The 'cv' parameter of search", "--folds")) from error


def _measure(metric: str | None, task: str) -> Measure:
    known = OF_TASK[task]
    if metric is not None and metric not in known:
        what = {"binary": "two classes", "multiclass": "more than two classes", "regression": "numbers"}[task]
        raise ParameterError(f"--metric {metric} is not for {what}. Use {', '.join(known)}.")
    return MEASURES[metric or known[0]]


def _estimator(problem: Problem[Rows], options: FitOptions) -> Any:
    from layerwise.estimators.tabular.classifier import TabularClassifier
    from layerwise.estimators.tabular.regressor import TabularRegressor

    settings = settings_of(options)
    names = "quality n_estimators hidden activation learning_rate weight_decay dropout epochs batch_size validation"
    given = {name: getattr(settings, name) for name in (*names.split(), "roles", "categorical", "monotone", "engine")}
    given |= {"early_stopping": settings.patience, "random_state": settings.seed, "n_jobs": settings.threads}
    if problem.target.classes:
        return TabularClassifier(**given)
    return TabularRegressor(loss=settings.loss, **given)


def _space(given: dict[str, Any] | None, estimator: Any, options: FitOptions, n_rows: int) -> dict[str, Any]:
    # an option that is given is not searched
    from layerwise.searching.space import default_space

    fixed = [name for name in SEARCHABLE if getattr(options, name, None) is not None]
    if given is None:
        space = default_space(estimator, n_rows)
        left = {name: values for name, values in space.items() if name not in map(SEARCHABLE.get, fixed)}
        if not left:
            raise ParameterError("search: every parameter is given by an option. Leave one out, or give a --space.")
        return left
    for name in fixed:
        if SEARCHABLE[name] in given:
            typed = f"--{name.replace('_', '-')}"
            raise ParameterError(f"{typed} is given, and --space has {name!r} to try. Leave one of them out.")
    return given


def _splits(problem: Problem[Rows], seed: int) -> list[tuple[Any, Any]]:
    # one fifth is held out, so that what is merged has learnt from the same rows
    from layerwise.searching.asked import splits_of

    target = problem.rows.table[problem.target.name]
    return splits_of(5, target, None, seed, classifies=bool(problem.target.classes))[:1]


def _frame(problem: Problem[Rows]) -> tuple[Any, Any]:
    # what scikit-learn can take rows of
    polars = require("polars", extra="tables", purpose="layerwise search")
    table = problem.rows.table
    columns = [_series(polars, table, name) for name in table]
    features = [column for column in columns if column.name != problem.target.name]
    return polars.DataFrame(features), next(column for column in columns if column.name == problem.target.name)


def _series(polars: Any, table: Table, name: str) -> Any:
    kind, cells = table.kind(name), table[name]
    if cells.dtype.kind == "f":
        return polars.Series(name, cells)
    if cells.dtype.kind == "M":
        return polars.Series(name, cells.astype("datetime64[us]"))
    texts = polars.Series(name, cells.tolist(), dtype=polars.String)
    return texts.cast(polars.Enum(list(table.levels[name]))) if kind == "ordinal" else texts


def _better(found: Any, measure: Measure) -> tuple[TabularModel | None, str]:
    """Return the model that is written, and which one it is."""
    best = f"The model is that of trial {found.best_trial_.number}, fitted to all rows"
    single = None if found.best_estimator_ is None else found.best_estimator_.model_
    merged = getattr(found.ensemble_, "model_", None)
    if merged is None or single is None:
        return single, f"{best}."
    one, many = (model.evaluation.metrics[measure.name] * measure.sign for model in (single, merged))
    shares = ", ".join(f"{number} ({share:.0%})" for number, share in found.ensemble_weights_.items())
    ensemble = f"the ensemble of trials {shares}"
    if not many > one:
        return single, f"{best}: on held-out rows {measure.line(one)}; {ensemble} has {measure.shown(many)}."
    return merged, (
        f"The model is {ensemble}: on held-out rows {measure.line(many)}; trial {found.best_trial_.number}, "
        f"fitted to all rows, has {measure.shown(one)}."
    )


def _with_what_the_file_said(model: TabularModel, problem: Problem[Rows]) -> TabularModel:
    encoder = replace(model.encoder, missing=problem.table.missing)
    rows = {**model.rows, "without_target": problem.rows.without_target}
    return replace(model, encoder=encoder, rows=rows)
