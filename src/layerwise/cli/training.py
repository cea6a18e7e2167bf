"""`layerwise train`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.text import Text

from layerwise.cli import page
from layerwise.cli.describing import notices, show_training, where_measured
from layerwise.cli.display import note, out
from layerwise.cli.files import PICTURES, check_apart, check_model_name, check_page_name, check_writable
from layerwise.cli.fitting import (
    Memory,
    Problem,
    in_words_of_the_command_line,
    problem_of,
    rows_to_hold_against,
    settings_of,
    stream_of,
)
from layerwise.cli.interrupts import Interrupts
from layerwise.cli.measured import show_evaluation, show_importances
from layerwise.cli.options import FitOptions
from layerwise.cli.streams import printable
from layerwise.errors import ParameterError, require
from layerwise.estimators.tabular import Rows, TabularModel, fit_model, plots
from layerwise.estimators.tabular.streaming import Stream
from layerwise.storage import save
from layerwise.training import ProgressBar

__all__ = ["Files", "run"]


AnyProblem: TypeAlias = Problem[Rows | Stream]


@dataclass(frozen=True)
class Files:
    """What a training writes, and the rows that it is held against."""

    model: Path
    plot: Path | None = None
    report: Path | None = None
    checkpoint: Path | None = None
    eval_table: Path | None = None

    def check(self, table: Path) -> None:
        """Refuse, before the training and not after it, so that nothing that was learnt is lost."""
        if self.plot is not None:
            require("matplotlib", extra="plot", purpose="--plot")
            if self.plot.suffix.lower() not in PICTURES:
                raise ParameterError(f"--plot must end in {', '.join(PICTURES)}. Got {str(self.plot)!r}.")
        if self.report is not None:
            require("matplotlib", extra="plot", purpose="--report")
            check_page_name(self.report)
        check_model_name(self.model)
        written = {
            "--output": self.model,
            "--plot": self.plot,
            "--report": self.report,
            "--checkpoint": self.checkpoint,
        }
        check_apart({**written, "the table": table})
        check_apart({**written, "--eval-table": self.eval_table})
        for path in written.values():
            if path is not None:
                check_writable(path)


def run(
    path: Path,
    options: FitOptions,
    files: Files,
    memory: Memory,
    *,
    checkpoint_every: int = 5,
    quiet: bool = False,
) -> int:
    """Train, show, write; return the exit code."""
    files.check(path)
    settings_of(options)  # which refuses what needs no table to be seen as wrong
    problem: AnyProblem
    problem = problem_of(path, options) if memory.holds(path) else stream_of(path, options, memory)
    if not quiet:
        _announce(problem)
    with Interrupts() as interrupts:
        model = _fitted(problem, options, files, checkpoint_every, interrupts, quiet=quiet)
        save(model, files.model)
        where = where_measured(model, files.eval_table)
        if not quiet:
            show(model, where)
        _write_pictures(model, problem, where, files, quiet=quiet)
    if interrupts.heard or any(member.stopped == "interrupted" for member in model.members):
        return 130
    return int(all(member.stopped == "diverged" for member in model.members))


def show(model: TabularModel, where: str) -> None:
    """Print the report on a model; `where` names the rows that it is measured on."""
    for notice in notices(model):
        note(notice)
    show_training(model)
    show_evaluation(model.evaluation, model.target, where)
    show_importances(model.evaluation.importances)


def _announce(problem: AnyProblem) -> None:
    rows, columns = problem.n_rows, len(problem.table)
    chunks = ", read in chunks" if isinstance(problem.rows, Stream) else ""
    out.print(Text.assemble((printable(problem.name), "bold"), f": {rows:,} rows, {columns} columns{chunks}"))
    problem.tell()


def _fitted(
    problem: AnyProblem,
    options: FitOptions,
    files: Files,
    checkpoint_every: int,
    interrupts: Interrupts,
    *,
    quiet: bool,
) -> TabularModel:
    evaluation = None if files.eval_table is None else rows_to_hold_against(files.eval_table, problem, options)
    checkpoint = {"checkpoint": files.checkpoint, "checkpoint_every": checkpoint_every}
    with ProgressBar() as bar, in_words_of_the_command_line():
        callbacks: tuple[Any, ...] = (interrupts,) if quiet else (interrupts, bar)
        settings = settings_of(options, callbacks, **checkpoint)
        if isinstance(problem.rows, Rows):
            return fit_model(problem.rows, problem.target, settings, evaluation=evaluation)
        problem.rows.progress = None if quiet else bar.rows_read
        model = fit_model(problem.rows, problem.target, settings, evaluation=evaluation)
    problem.tell()
    return model


def _write_pictures(model: TabularModel, problem: AnyProblem, where: str, files: Files, *, quiet: bool) -> None:
    told = [f"model written to {files.model}"]
    if files.plot is not None:
        figure = plots.learning_curve(model)
        figure.savefig(files.plot, dpi=120)
        told.append(f"learning curve drawn in {files.plot}")
    if files.report is not None:
        page.write(model, problem.name, where, files.model, files.report)
        told.append(f"report written to {files.report}")
    for line in () if quiet else told:
        out.print(printable(line))
