"""The commands and their options. What they do stands in a file for each.

Every command returns what is to be run, so that typer reads the arguments and does no more; and imports what runs it,
so that a command is not late for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from layerwise._version import __version__
from layerwise.checks import COUNT, POSITIVE, SEED, Integers
from layerwise.cli.files import default_model
from layerwise.cli.options import COMPUTER, FitOptions, option, with_fit_options
from layerwise.estimators.tabular.memory import DEFAULT, MEMORY

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
FILES, SEARCH, SERVER, START = "The files", "The search", "The server", "What the page starts with"


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


@app.command(
    epilog="""**Examples**

`layerwise train adult.csv --target income`

`layerwise train houses.parquet --target price --quality best --report houses.html`

`layerwise train titanic.csv --target Survived --drop Name --role Pclass=ordinal --metric auc -o titanic.safetensors`

`layerwise train clicks.parquet --target bought --memory 1GB --checkpoint clicks.checkpoint`

`layerwise train loans.csv --target default --monotone income=-1 --weight rows --eval-table loans-2025.csv`
"""
)
@with_fit_options
def train(
    table: TablePath,
    options: FitOptions,
    output: Annotated[
        Path | None,
        option("The model file. [default: TABLE's name with .safetensors]", "--output", "-o", panel=FILES),
    ] = None,
    report: Annotated[Path | None, option("Write a page with pictures: .html.", panel=FILES)] = None,
    plot: Annotated[Path | None, option("Draw the learning curve: .png, .svg or .pdf.", panel=FILES)] = None,
    eval_table: Annotated[
        Path | None,
        option("Rows to hold every network against, in place of rows held out of TABLE.", panel=FILES),
    ] = None,
    checkpoint: Annotated[
        Path | None, option("Keep the state of the training here, and go on from it if it is there.", panel=FILES)
    ] = None,
    checkpoint_every: Annotated[int, option("Epochs between two checkpoints.", rule=COUNT, panel=FILES)] = 5,
    memory: Annotated[
        str,
        option("What a training may take. A TABLE that is too large for it is read in chunks.", panel=COMPUTER),
    ] = DEFAULT,
    cache: Annotated[
        Path | None,
        option("The folder for what is read in chunks. [default: the one for temporary files]", panel=COMPUTER),
    ] = None,
    quiet: Annotated[bool, option("Print nothing but errors and warnings.", "--quiet", "-q", panel=FILES)] = False,
) -> Run:
    """Train networks on a table, show how good they are on rows that they did not learn from, and write the model.

    Numbers, texts, dates and missing cells are taken as they are, and every default was measured. All that `predict`
    needs is in the model file. Ctrl-C ends the training, and what was learnt is written; before the training there
    is nothing to write, and it says so.

    Exit codes: 0 done; 1 the training diverged (the model holds the last finite parameters); 2 bad input;
    130 interrupted (the model is written, or one line says that none was).
    """
    from layerwise.cli import training
    from layerwise.cli.fitting import Memory

    files = training.Files(output or default_model(table), plot, report, checkpoint, eval_table)
    limits = Memory(MEMORY.check("train", "--memory", memory), cache)
    return partial(training.run, table, options, files, limits, checkpoint_every=checkpoint_every, quiet=quiet)


@app.command(
    epilog="""**Examples**

`layerwise cv adult.csv --target income`

`layerwise cv houses.csv --target price --folds 10 --quality fast --output predicted.csv`
"""
)
@with_fit_options
def cv(
    table: TablePath,
    options: FitOptions,
    folds: Annotated[int, option("How many parts the rows are cut into.", rule=Integers(2))] = 5,
    output: Annotated[
        Path | None,
        option("Write what each row is predicted as by the model that did not learn from it.", "--output", "-o"),
    ] = None,
) -> Run:
    """Cross-validate: fit once for each fold, and measure on the rows that the fit did not see.

    The rows are shuffled by the seed; of classes every fold keeps the shares. It shows the metrics of each fold, their
    mean and its standard error, and the seconds. No model is written.
    """
    from layerwise.cli import crossvalidating

    return partial(crossvalidating.run, table, options, folds=folds, output=output)


@app.command(
    epilog="""**Examples**

`layerwise search adult.csv --target income --budget 5min --report search.html`

`layerwise search houses.csv --target price --trials 40 --metric mae --epochs 20`

`layerwise search titanic.csv --target Survived --metric auc --journal trials.jsonl --ensemble 20`
"""
)
@with_fit_options
def search(
    table: TablePath,
    options: FitOptions,
    budget: Annotated[
        str | None,
        option("Time for everything, the last fit included: 90s, 5min, 2h. [default: 60s, or --trials]", panel=SEARCH),
    ] = None,
    trials: Annotated[int | None, option("How many trials at most.", rule=COUNT, panel=SEARCH)] = None,
    metric: Annotated[
        str | None,
        option(
            "What is best: log_loss, accuracy or auc of classes; rmse, mae or r2 of numbers. "
            "[default: log_loss or rmse]",
            panel=SEARCH,
        ),
    ] = None,
    space: Annotated[
        Path | None,
        option("What to try, in place of the defaults: .toml or .json, as docs/command-line.md shows.", panel=SEARCH),
    ] = None,
    sampler: Annotated[str, option("optuna, random, or auto: Optuna where it is installed.", panel=SEARCH)] = "auto",
    folds: Annotated[
        int | None,
        option("Parts that are held out in turn. [default: by the number of rows]", rule=Integers(2), panel=SEARCH),
    ] = None,
    ensemble: Annotated[
        int, option("Merge some of so many of the best trials, if that is better.", rule=Integers(0), panel=SEARCH)
    ] = 0,
    journal: Annotated[
        Path | None, option("Write every trial here as it ends, and go on from it if it is there.", panel=FILES)
    ] = None,
    output: Annotated[
        Path | None,
        option("The model file. [default: TABLE's name with .safetensors]", "--output", "-o", panel=FILES),
    ] = None,
    report: Annotated[Path | None, option("Write a page with all trials: .html.", panel=FILES)] = None,
    quiet: Annotated[bool, option("Print nothing but errors and warnings.", "--quiet", "-q", panel=FILES)] = False,
) -> Run:
    """Search the best settings of `train`, many trials at once, and write the model with them.

    Trial after trial trains one network on each fold; those whose learning curve is worse than most end early. An
    option of the training that is given is kept as it is, the others are searched. The best settings are then fitted
    to all rows. Ctrl-C ends the search, and the model with the best so far is written.

    Exit codes: 0 done; 1 the training diverged; 2 bad input; 130 interrupted (the model is written, or one line says
    that none was).
    """
    from layerwise.cli import searching

    asked = searching.Asked(
        output or default_model(table), report, journal, space, budget, trials, metric, sampler, ensemble, folds
    )
    return partial(searching.run, table, options, asked, quiet=quiet)


@app.command(
    epilog="""**Examples**

`layerwise predict adult.safetensors new.csv > predictions.csv`

`layerwise predict adult.safetensors new.parquet --output predictions.parquet`

`zcat big.csv.gz | layerwise predict adult.safetensors - > predictions.csv`
"""
)
def predict(
    model: ModelPath,
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet, with column names; - is standard input, CSV.", metavar="TABLE", show_default=False
        ),
    ],
    output: Annotated[
        Path | None, option("CSV or Parquet. [default: CSV on standard output]", "--output", "-o")
    ] = None,
) -> Run:
    """Predict every row of a table: the label and the probability of each class, or the number.

    The columns may stand in any order; ones that the model does not know are ignored. The table may be larger than
    memory: it is read in chunks. If a row is wrong, or on Ctrl-C, there is no --output file, or the older one.
    """
    from layerwise.cli import predicting

    return partial(predicting.run, model, table, output)


@app.command(epilog="**Example**\n\n`layerwise evaluate adult.safetensors test.csv`")
def evaluate(model: ModelPath, table: TablePath) -> Run:
    """Show how good a model is on a table that has the target, beside the trivial baseline, and what it mistakes."""
    from layerwise.cli import evaluating

    return partial(evaluating.run, model, table)


@app.command(epilog="**Example**\n\n`layerwise inspect adult.safetensors`")
def inspect(model: ModelPath) -> Run:
    """Show what is in a model file: layers, columns, settings, training, metrics, importance, digest."""
    from layerwise.cli import inspecting

    return partial(inspecting.run, model)


@app.command(
    epilog="""**Examples**

`layerwise export adult.safetensors --to onnx`

`layerwise export adult.safetensors --to c --name adult --output adult.h`

`layerwise export adult.safetensors --to numpy`
"""
)
def export(
    model: ModelPath,
    to: Annotated[str, option("onnx, c or numpy.", "--to", show_default=False)],
    output: Annotated[
        Path | None, option("The file. [default: MODEL's name with .onnx, .h or .py, here]", "--output", "-o")
    ] = None,
    name: Annotated[
        str | None, option("With --to c: what all names in the header begin with. [default: model]")
    ] = None,
) -> Run:
    """Write a model as a file that runs elsewhere: ONNX, one C header, or one Python file that needs NumPy only.

    What the model does with a table is in it: numbers, texts, dates and missing cells go in as they are.
    """
    from layerwise.cli import exporting

    return partial(exporting.run, model, to, output, name)


@app.command(epilog="**Example**\n\n`layerwise demo --folder /tmp`")
def demo(
    folder: Annotated[Path, option("Where the model and the picture are written.")] = Path(),
) -> Run:
    """Train on a real table that comes with the package (6,000 people of the census of 1994: who earns over 50K?)."""
    from layerwise.cli import demonstrating

    return partial(demonstrating.run, folder)


@app.command(
    epilog="""**Examples**

`layerwise lab`

`layerwise lab titanic.csv --target Survived --hidden 16,16`

`layerwise lab --no-browser --port 9000`
"""
)
def lab(
    table: Annotated[
        Path | None, typer.Argument(help="CSV, with column names.", metavar="[TABLE]", show_default=False)
    ] = None,
    target: Annotated[str | None, option("The column of TABLE to learn.", "--target", "-t", panel=START)] = None,
    hidden: Annotated[str | None, option("Units of the hidden layers, or 'none'.", panel=START)] = None,
    learning_rate: Annotated[float | None, option("The learning rate.", rule=POSITIVE, panel=START)] = None,
    batch_size: Annotated[int | None, option("Examples a step. [default: all]", rule=COUNT, panel=START)] = None,
    epochs: Annotated[int | None, option("How many epochs are planned.", rule=COUNT, panel=START)] = None,
    seed: Annotated[
        int | None, option("Of the initial weights and the order of examples.", rule=SEED, panel=START)
    ] = None,
    port: Annotated[
        int | None,
        option("The port. [default: 8765, or a free one where that is taken]", rule=Integers(0, 65_535), panel=SERVER),
    ] = None,
    host: Annotated[
        str | None,
        option(
            "Another address to listen at: other computers come in there. [default: 127.0.0.1, this computer alone]",
            metavar="ADDRESS",
            panel=SERVER,
        ),
    ] = None,
    no_browser: Annotated[
        bool, option("Print the link, and leave the browser alone.", "--no-browser", panel=SERVER)
    ] = False,
) -> Run:
    """Open a page where a network is seen to learn: every number, on ready examples or a table of your own.

    It serves this computer's browser, by a link that opens once, until Ctrl-C.

    Exit codes: 0 ended by Ctrl-C; 2 bad input, or the port is taken.
    """
    from layerwise.cli import laboratory

    settings = {"learning_rate": learning_rate, "batch_size": batch_size, "epochs": epochs, "seed": seed}
    return partial(laboratory.run, laboratory.Asked(table, target, hidden, settings), host, port, not no_browser)
