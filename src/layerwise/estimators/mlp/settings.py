"""What the parameters of the estimators may be, and the network and the plan that they describe."""

from __future__ import annotations

import functools
import math
import numbers
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT, FLAG, NON_NEGATIVE, POSITIVE, PROBABILITY, Integers, Reals, known_name
from layerwise.equations.initializers import INITIALIZERS
from layerwise.equations.losses import Loss
from layerwise.equations.optimizers import (
    LBFGS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    UpdateRule,
)
from layerwise.errors import NetworkWarning, ParameterError
from layerwise.network import Network
from layerwise.training.callbacks import check_callbacks
from layerwise.vocabulary import ACTIVATIONS, choose

__all__ = [
    "batch_size_of",
    "check_parameters",
    "dropout_of",
    "network_of",
    "optimizer_of",
    "solver_of",
]

SOLVERS = ("adam", "sgd", "lbfgs", "gradient_descent", "rmsprop", "adamw", "auto")
FULL_BATCH = ("lbfgs", "gradient_descent")
"""Solvers for which ``batch_size="auto"`` means all rows."""
FIXED_RATE = ("adam", "lbfgs")
"""Solvers that `learning_rate` does not act on, as in scikit-learn."""
SMALL_PROBLEM = 100
"""Rows up to which ``solver="auto"`` takes L-BFGS; docs/sklearn-differences.md has the measurements."""
LEAST_DECREASE = 1e7 * np.finfo(np.float64).eps
"""The relative decrease at which SciPy's L-BFGS-B, scikit-learn's, stops by default."""

_RULES: Mapping[str, Any] = {
    "alpha": NON_NEGATIVE,
    "l2": NON_NEGATIVE,
    "learning_rate": ("constant", "invscaling", "adaptive"),
    "learning_rate_init": POSITIVE,
    "power_t": NON_NEGATIVE,
    "max_iter": COUNT,
    "shuffle": FLAG,
    "tol": NON_NEGATIVE,
    "verbose": Reals(0, math.inf),
    "warm_start": FLAG,
    "momentum": PROBABILITY,
    "nesterovs_momentum": FLAG,
    "early_stopping": FLAG,
    "validation_fraction": BELOW_ONE,
    "beta_1": BELOW_ONE,
    "beta_2": BELOW_ONE,
    "epsilon": POSITIVE,
    "max_fun": COUNT,
    "solver": SOLVERS,
    "weight_decay": NON_NEGATIVE,
    "on_divergence": ("raise", "recover"),
}


def check_parameters(estimator: Any) -> None:
    """Look at all parameters that need no data.

    Raises
    ------
    ParameterError
        In scikit-learn's words, with the nearest valid name where one is unknown.
    """
    owner = type(estimator).__name__
    for name, rule in _RULES.items():
        _check(owner, name, getattr(estimator, name), rule)
    if not (isinstance(estimator.n_iter_no_change, float) and estimator.n_iter_no_change == math.inf):
        COUNT.check(owner, "n_iter_no_change", estimator.n_iter_no_change)
    if not (isinstance(estimator.batch_size, str) and estimator.batch_size == "auto"):
        COUNT.check(owner, "batch_size", estimator.batch_size)
    if estimator.clip_norm is not None:
        POSITIVE.check(owner, "clip_norm", estimator.clip_norm)
    if estimator.n_threads is not None:
        Integers(1, 1024).check(owner, "n_threads", estimator.n_threads)
    if estimator.dtype is not None and estimator.dtype not in ("float32", "float64", np.float32, np.float64):
        raise ParameterError(
            f"The 'dtype' parameter of {owner} must be None, 'float32' or 'float64'. Got {estimator.dtype!r} instead."
        )
    if estimator.initializer is not None:
        known_name(f"initializer of {owner}", estimator.initializer, INITIALIZERS)
    if estimator.alpha and estimator.l2:
        raise ParameterError(
            f"The 'l2' parameter of {owner} must be 0 unless alpha=0, as both are penalties of the same weights. "
            f"Got l2={estimator.l2} with alpha={estimator.alpha}: write alpha=0, l2={estimator.l2}."
        )
    if estimator.callbacks is not None:
        if not isinstance(estimator.callbacks, list | tuple) or any(isinstance(c, type) for c in estimator.callbacks):
            raise ParameterError(
                f"The 'callbacks' parameter of {owner} must list objects with a method on_epoch_end(state). "
                f"Got {estimator.callbacks!r}."
            )
        check_callbacks(estimator.callbacks)
    _check_full_batch(owner, estimator)


def _check(owner: str, name: str, value: Any, rule: Any) -> None:
    if isinstance(rule, tuple):
        if not isinstance(value, str) or value not in rule:
            known_name(f"{name} of {owner}", value, rule)
    elif name != "verbose" or not isinstance(value, bool):
        rule.check(owner, name, value)


def _check_full_batch(owner: str, estimator: Any) -> None:
    if estimator.solver != "lbfgs":
        return
    unusable = {"dropout": np.any(estimator.dropout), "clip_norm": estimator.clip_norm, "schedule": estimator.schedule}
    for name, given in unusable.items():
        if given:
            raise ParameterError(
                f"The {name!r} parameter of {owner} does not go with solver='lbfgs', which needs the same cost in "
                "every evaluation and searches its own step lengths. Leave it out, or use solver='adam'."
            )


def hidden_sizes(estimator: Any) -> tuple[int, ...]:
    """Return `hidden_layer_sizes` as a tuple; one number is one layer, and () is a linear model."""
    sizes = estimator.hidden_layer_sizes
    listed = list(sizes) if isinstance(sizes, list | tuple | np.ndarray) and np.ndim(sizes) else [sizes]
    for size in listed:
        if not isinstance(size, numbers.Integral) or isinstance(size, bool):
            raise ParameterError(
                f"The 'hidden_layer_sizes' parameter of {type(estimator).__name__} must be an int or a list of int. "
                f"Got {sizes!r} instead."
            )
        if size <= 0:
            raise ParameterError(f"hidden_layer_sizes must be > 0, got {listed}.")
    return tuple(int(size) for size in listed)


def _activations(estimator: Any, layers: int) -> list[str]:
    given, owner = estimator.activation, type(estimator).__name__
    names = [given] * layers if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else [given]
    for name in [given] if isinstance(given, str) else names:
        if not isinstance(name, str):
            raise ParameterError(
                f"The 'activation' parameter of {owner} must be a name such as 'relu', or a list of names. "
                f"Got {given!r} instead."
            )
        _spelling(owner, name)
    if len(names) != layers:
        raise ParameterError(
            f"The 'activation' parameter of {owner} must be one name, or one for each of the {layers} hidden layers. "
            f"Got {len(names)}: {names}."
        )
    return [_spelling(owner, name) for name in names]


@functools.lru_cache
def _spelling(owner: str, name: str) -> str:
    return str(choose(f"activation of {owner}", {"logistic": "sigmoid"}.get(name, name), ACTIVATIONS))


def network_of(estimator: Any, n_x: int, n_y: int, output: str, loss: str | Loss | None) -> Network:
    """Return the network of an estimator."""
    hidden = hidden_sizes(estimator)
    activations = (*_activations(estimator, len(hidden)), output)
    if "exp" in activations[:-1] or "softmax" in activations[:-1]:
        raise ParameterError("The activations 'exp' and 'softmax' are for the output layer. Use 'relu' or 'tanh'.")
    build = _network.__wrapped__ if isinstance(loss, Loss) else _network  # no cache holds what users wrote
    return build((n_x, *hidden, n_y), activations, loss)


@functools.lru_cache
def _network(sizes: tuple[int, ...], activations: tuple[str, ...], loss: str | Loss | None) -> Network:
    with warnings.catch_warnings():  # an identity is scikit-learn's way to a linear model
        warnings.simplefilter("ignore", NetworkWarning)
        return Network(sizes, activations, loss)


def solver_of(estimator: Any, m: int) -> str:
    """Return the solver, chosen by the number of rows for "auto"."""
    if estimator.solver != "auto":
        return str(estimator.solver)
    free = not (np.any(estimator.dropout) or estimator.clip_norm or estimator.schedule or estimator.early_stopping)
    return "lbfgs" if free and m <= SMALL_PROBLEM else "adamw"


def optimizer_of(estimator: Any, solver: str) -> UpdateRule | LBFGS:
    """Return the update rule of a solver."""
    rate, beta = estimator.learning_rate_init, float(estimator.momentum)
    if solver == "lbfgs":
        decrease = LEAST_DECREASE if estimator.tol else 0.0
        return LBFGS(tolerance=estimator.tol, relative_decrease=decrease, max_evaluations=estimator.max_fun)
    if solver == "sgd" and beta:
        beta = min(beta, 1 - 2**-53)  # scikit-learn takes 1
        return (Nesterov if estimator.nesterovs_momentum else Momentum)(rate, beta=beta)
    if solver in ("sgd", "gradient_descent"):
        return GradientDescent(rate)
    if solver == "rmsprop":
        return RMSprop(rate, rho=estimator.beta_2, epsilon=estimator.epsilon)
    betas = {"beta1": estimator.beta_1, "beta2": estimator.beta_2, "epsilon": estimator.epsilon}
    if solver == "adamw":
        return AdamW(rate, **betas, weight_decay=estimator.weight_decay)
    return Adam(rate, **betas)


def batch_size_of(estimator: Any, solver: str, m: int) -> int | None:
    """Return how many rows a step takes; None for all."""
    if solver == "lbfgs":
        return None
    if estimator.batch_size == "auto":
        size = m if solver in FULL_BATCH else min(200, m)
    else:
        size = int(estimator.batch_size)
        if size > m:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=5
            )
    return None if size >= m else size


def dropout_of(estimator: Any, layers: int) -> tuple[float, ...]:
    """Return the rate of dropout of each hidden layer."""
    rates: Any = estimator.dropout
    listed = (
        list(rates)
        if isinstance(rates, list | tuple | np.ndarray) and np.ndim(rates)
        else [np.ravel(rates)[0]] * layers
    )
    owner = type(estimator).__name__
    if len(listed) != layers:
        raise ParameterError(
            f"The 'dropout' parameter of {owner} must be one rate, or one for each of the {layers} hidden layers. "
            f"Got {len(listed)}."
        )
    return tuple(PROBABILITY.check(owner, "dropout", rate) for rate in listed)
