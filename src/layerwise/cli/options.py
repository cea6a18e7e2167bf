"""The options that all fits have in common, declared once for `train`, `cv` and `search`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from layerwise.checks import BELOW_ONE, COUNT, NON_NEGATIVE, POSITIVE, PROBABILITY, SEED, Integers, Reals
from layerwise.estimators.tabular.recipe import recipe_of
from layerwise.vocabulary import ACTIVATIONS

__all__ = ["FitOptions", "option", "with_fit_options"]

HIDDEN = ", ".join(name for name in ACTIVATIONS if name not in ("softmax", "exp"))
NETWORK, TRAINING, COLUMNS, COMPUTER = "The networks", "The training", "The columns", "The computer"
FEW, MANY = recipe_of("default", 1_000, {}), recipe_of("default", 100_000, {})


def option(text: str, *names: str, rule: Reals | Integers | None = None, panel: str | None = None, **more: Any) -> Any:
    """Declare an option, with the rule for its value if it has one."""

    def check(context: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
        return value if rule is None or value is None else rule.check(context.info_name or "", param.opts[0], value)

    return typer.Option(*names, help=text, callback=check, rich_help_panel=panel, **more)


def _usual(name: str) -> str:
    """Return the default of a recipe, as a help text has it."""
    few, many = getattr(FEW, name), getattr(MANY, name)
    return f"[default: {few if few == many else 'by the number of rows'}]"


def _many(text: str, metavar: str, *names: str) -> Any:
    return option(f"{text} (may be repeated).", *names, panel=COLUMNS, metavar=metavar)


@dataclass(frozen=True)
class FitOptions:
    """How a table is learnt, as it was typed; None is the measured default."""

    target: Annotated[str, option("The column to learn.", "--target", "-t", show_default=False)]
    quality: Annotated[
        str,
        option(
            "fast (1 network), default (8, or 5 from 5,000 rows on) or best (3 times as many).",
            panel=NETWORK,
        ),
    ] = "default"
    networks: Annotated[
        int | None, option("How many networks to train. [default: by --quality]", rule=COUNT, panel=NETWORK)
    ] = None
    hidden: Annotated[
        str | None, option(f"Units of the hidden layers, or 'none'. {_usual('hidden')}", panel=NETWORK)
    ] = None
    activation: Annotated[
        str | None, option(f"Of the hidden layers: {HIDDEN}. {_usual('activation')}", panel=NETWORK)
    ] = None
    task: Annotated[
        str | None, option("binary, multiclass or regression. [default: told from the target]", panel=TRAINING)
    ] = None
    loss: Annotated[
        str | None,
        option(
            "Of numbers: squared_error, absolute_error, 'huber(delta=1)', 'quantile(q=0.9)' or poisson. "
            "[default: squared_error]",
            panel=TRAINING,
        ),
    ] = None
    metric: Annotated[
        str,
        option("What picks the epoch: cost; accuracy or auc of classes; rmse, mae or r2 of numbers.", panel=TRAINING),
    ] = "cost"
    epochs: Annotated[
        int | None,
        option(
            f"How often a network goes through the rows, at most. {_usual('epochs')}",
            rule=COUNT,
            panel=TRAINING,
        ),
    ] = None
    learning_rate: Annotated[
        float | None,
        option(f"Of AdamW, at the start. {_usual('learning_rate')}", rule=POSITIVE, panel=TRAINING),
    ] = None
    batch_size: Annotated[int | None, option(f"Rows a step. {_usual('batch_size')}", rule=COUNT, panel=TRAINING)] = None
    weight_decay: Annotated[
        float | None, option(f"Of AdamW. {_usual('weight_decay')}", rule=NON_NEGATIVE, panel=TRAINING)
    ] = None
    dropout: Annotated[
        float | None,
        option(f"Rate of dropout in the hidden layers. {_usual('dropout')}", rule=PROBABILITY, panel=TRAINING),
    ] = None
    validation: Annotated[
        float, option("The part of the rows that each network holds out.", rule=BELOW_ONE, panel=TRAINING)
    ] = 0.1
    patience: Annotated[
        int | None,
        option(
            f"Epochs without a better validation before a network stops. {_usual('patience')}",
            rule=COUNT,
            panel=TRAINING,
        ),
    ] = None
    role: Annotated[
        list[str] | None,
        _many(
            "numeric, boolean, category, ordinal, datetime or drop; with an order of levels: size=ordinal:S,M,L",
            "COLUMN=ROLE",
        ),
    ] = None
    categorical: Annotated[
        list[str] | None,
        _many("A column to use as text, though it holds numbers; of the target, as classes", "COLUMN"),
    ] = None
    drop: Annotated[list[str] | None, _many("A column to leave out", "COLUMN")] = None
    missing: Annotated[list[str] | None, _many("A text that means a missing cell, such as '?'", "TEXT")] = None
    monotone: Annotated[
        list[str] | None, _many("The prediction never falls (+1) or never rises (-1) with it", "COLUMN=±1")
    ] = None
    weight: Annotated[
        str | None, option("The weight of each row; this is no feature.", panel=COLUMNS, metavar="COLUMN")
    ] = None
    seed: Annotated[int, option("Of everything random.", rule=SEED, panel=COMPUTER)] = 0
    engine: Annotated[str, option("auto, native (the C++ core) or numpy.", panel=COMPUTER)] = "auto"
    threads: Annotated[int | None, option("To compute with. [default: all]", rule=COUNT, panel=COMPUTER)] = None


def with_fit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that takes the fields of `FitOptions` where it has the parameter `options`.

    A parameter of its own takes the place of a field of that name.
    """
    own = inspect.signature(command, eval_str=True).parameters
    hints = {name: hint for name, hint in get_type_hints(FitOptions, include_extras=True).items() if name not in own}
    parameters: list[inspect.Parameter] = []
    for parameter in own.values():
        parameters += _shared(hints) if parameter.name == "options" else [parameter]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]

    @wraps(command)
    def taking(**given: Any) -> Any:
        options = FitOptions(**{name: given.pop(name) for name in hints})
        return command(options=options, **given)

    taking.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    taking.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return taking


def _shared(hints: dict[str, Any]) -> list[inspect.Parameter]:
    empty, kind = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(
            field.name, kind, default=empty if field.name == "target" else field.default, annotation=hints[field.name]
        )
        for field in fields(FitOptions)
        if field.name in hints
    ]
