"""The commands and their options. What they do stands in a file for each.

Every command returns what is to be run, so that typer reads the arguments and does no more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from layerwise._version import __version__
from layerwise.checks import COUNT, NON_NEGATIVE, POSITIVE, PROBABILITY, SEED, Integers, Reals
from layerwise.cli import demonstrating, evaluating, inspecting, predicting, training
from layerwise.cli.files import default_model
from layerwise.estimators.splitting import PART
from layerwise.vocabulary import ACTIVATIONS

__all__ = ["app"]

app = typer.Typer(
    help="Train dense neural networks on tables, and use them.",
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

TablePath = Annotated[
    Path, typer.Argument(help="CSV or Parquet, with column names.", metavar="TABLE", show_default=False)
]
ModelPath = Annotated[
    Path, typer.Argument(help="A model file, as `train` writes it.", metavar="MODEL", show_default=False)
]
Run = Callable[[], int | None]
HIDDEN = ", ".join(name for name in ACTIVATIONS if name not in ("softmax", "exp"))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"layerwise {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def _option(text: str, *names: str, rule: Reals | Integers | None = None, **settings: Any) -> Any:
    """Declare an option, with the rule for its value if it has one."""

    def check(param: typer.CallbackParam, value: Any) -> Any:
        return value if rule is None or value is None else rule.check("train", param.opts[0], value)

    return typer.Option(*names, help=text, callback=check, **settings)


@app.command(
    epilog="""**Examples**

`layerwise train adult.csv --target income`

`layerwise train houses.parquet --target price --hidden 128,64 --learning-rate 0.003 --plot curve.png`

`layerwise train titanic.csv --target Survived --hidden none --drop Name --output titanic.safetensors`
"""
)
def train(
    table: TablePath,
    target: Annotated[str, _option("The column to learn.", show_default=False)],
    output: Annotated[
        Path | None, _option("The model file. [default: TABLE's name with .safetensors]", "--output", "-o")
    ] = None,
    task: Annotated[str | None, _option("binary, multiclass or regression. [default: told from the target]")] = None,
    hidden: Annotated[str, _option("Units of the hidden layers, or 'none'.")] = "64,32",
    activation: Annotated[str, _option(f"Of the hidden layers: {HIDDEN}.")] = "relu",
    epochs: Annotated[int, _option("How often to go through the rows, at most.", rule=COUNT)] = 200,
    learning_rate: Annotated[
        float | None,
        _option("The step length. [default: 0.001 for adam, see the optimizers' documentation]", rule=POSITIVE),
    ] = None,
    batch_size: Annotated[
        int | None, _option("Rows a step. [default: a hundredth of the rows, from 32 to 256]", rule=COUNT)
    ] = None,
    optimizer: Annotated[str, _option("gradient_descent, momentum, nesterov, rmsprop, adam, adamw or lbfgs.")] = "adam",
    schedule: Annotated[str | None, _option("constant, inverse_time, step, exponential, cosine or one_cycle.")] = None,
    l2: Annotated[float, _option("λ of the penalty λ/2m Σ‖W‖².", rule=NON_NEGATIVE)] = 0.0,
    dropout: Annotated[float, _option("Rate of dropout in the hidden layers.", rule=PROBABILITY)] = 0.0,
    clip_norm: Annotated[
        float | None, _option("The largest norm of a gradient. [default: no limit]", rule=POSITIVE)
    ] = None,
    validation: Annotated[float, _option("The part of the rows that is held out.", rule=PART)] = 0.2,
    patience: Annotated[
        int, _option("Epochs without a lower validation cost before it stops; 0 never stops.", rule=Integers(0))
    ] = 20,
    seed: Annotated[int, _option("Of everything random.", rule=SEED)] = 0,
    engine: Annotated[str, _option("auto, native (the C++ core) or numpy.")] = "auto",
    threads: Annotated[int | None, _option("To compute with. [default: by the size of the work]", rule=COUNT)] = None,
    missing: Annotated[
        list[str] | None, _option("A text that means a missing cell, such as '?' (may be repeated).")
    ] = None,
    categorical: Annotated[
        list[str] | None,
        _option("A column to use as text, though it holds numbers; of the target, as classes (may be repeated)."),
    ] = None,
    drop: Annotated[list[str] | None, _option("A column to leave out (may be repeated).")] = None,
    plot: Annotated[Path | None, _option("Draw the learning curve: .png, .svg or .pdf.")] = None,
) -> Run:
    """Train a network on a table, show how good it is on held-out rows, and write the model.

    Numbers are standardised, text becomes one-hot, missing cells are filled and marked. All of it is in the model
    file, so that `predict` needs nothing else. Ctrl-C ends the training, and what was learnt is written; before the
    training there is nothing to write, and it says so.

    Exit codes: 0 done; 1 the training diverged (the model holds the last finite parameters); 2 bad input;
    130 interrupted (the model is written, or one line says that none was).
    """
    return partial(
        training.run,
        table,
        target,
        output=output or default_model(table),
        plot=plot,
        reading={"missing": missing or (), "categorical": categorical or (), "drop": drop or ()},
        fitting={
            "task": task,
            "hidden": training.units(hidden),
            "activation": activation,
            "epochs": epochs,
            "learning_rate": learning_rate,
            "batch_size": batch_size,
            "optimizer": optimizer,
            "schedule": schedule,
            "l2": l2,
            "dropout": dropout,
            "clip_norm": clip_norm,
            "validation": validation,
            "early_stopping": patience or None,
            "seed": seed,
            "engine": engine,
            "threads": threads,
        },
    )


@app.command(
    epilog="""**Examples**

`layerwise predict adult.safetensors new.csv > predictions.csv`

`layerwise predict adult.safetensors new.parquet --output predictions.parquet`
"""
)
def predict(
    model: ModelPath,
    table: TablePath,
    output: Annotated[
        Path | None, _option("CSV or Parquet. [default: CSV on standard output]", "--output", "-o")
    ] = None,
) -> Run:
    """Predict every row of a table: the label and the probability of each class, or the number.

    The columns may stand in any order; ones that the model does not know are ignored.
    """
    return partial(predicting.run, model, table, output)


@app.command(epilog="**Example**\n\n`layerwise evaluate adult.safetensors test.csv`")
def evaluate(model: ModelPath, table: TablePath) -> Run:
    """Show how good a model is on a table that has the target, beside the trivial baseline."""
    return partial(evaluating.run, model, table)


@app.command(epilog="**Example**\n\n`layerwise inspect adult.safetensors`")
def inspect(model: ModelPath) -> Run:
    """Show what is in a model file: layers, columns, training, metrics, digest."""
    return partial(inspecting.run, model)


@app.command(epilog="**Example**\n\n`layerwise demo --folder /tmp`")
def demo(
    folder: Annotated[Path, _option("Where the model and the picture are written.")] = Path(),
) -> Run:
    """Train on a real table that comes with the package (6,000 people of the census of 1994: who earns over 50K?)."""
    return partial(demonstrating.run, folder)
