"""`train`: from a description of a run to its result."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT, NON_NEGATIVE, POSITIVE, SEED, known_name
from layerwise.engines import EarlyStopping, Examples, Outcome, TrainingData, TrainingPlan, engine_named
from layerwise.equations.initializers import initialize
from layerwise.equations.losses import loss
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, UpdateRule
from layerwise.equations.schedules import Schedule, schedule_of
from layerwise.equations.shapes import check_fit, check_inputs, check_targets, check_weights
from layerwise.equations.shuffling import BlockShuffle
from layerwise.errors import DivergenceWarning, ParameterError, ShapeError
from layerwise.network import Array, Network, Parameters
from layerwise.training._options import (
    check_full_batch,
    chosen_metrics,
    dropout_rates,
    sign_vector,
    stopping_rule,
    with_smoothed_labels,
    with_subset,
    without_weightless,
)
from layerwise.training.callbacks import Callback, check_callbacks, reporter
from layerwise.training.history import TrainingResult
from layerwise.training.resuming import check_resumable, resumed

__all__ = ["train"]


def train(
    net: Network,
    X: Array,
    Y: Array,
    *,
    learning_rate: float | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool | BlockShuffle = True,
    subset: Array | None = None,
    optimizer: str | UpdateRule | LBFGS = "gradient_descent",
    seed: int = 0,
    initial: Parameters | None = None,
    l2: float = 0.0,
    dropout: float | Sequence[float] = 0.0,
    dropout_schedule: str | Schedule | None = None,
    clip_norm: float | None = None,
    sample_weight: Array | None = None,
    label_smoothing: float = 0.0,
    signs: Parameters | None = None,
    averaging: float = 0.0,
    validation: Sequence[Array | None] | None = None,
    metrics: Sequence[str | Metric | Callable[..., float]] | None = None,
    early_stopping: EarlyStopping | int | None = None,
    schedule: str | Schedule | None = None,
    decay_schedule: str | Schedule | None = None,
    callbacks: Sequence[Callback] = (),
    engine: str = "auto",
    threads: int | None = None,
    dtype: str = "float32",
    resume: TrainingResult | None = None,
) -> TrainingResult:
    r"""Train a network: repeat forward, cost, backward, update.

    .. math::
        \theta \leftarrow \theta - \alpha \frac{\partial J}{\partial \theta}

    or another update rule, once for every batch of every epoch.

    Parameters
    ----------
    net : Network
    X : (n_x, m) array
        Columns are examples. The transposed view of a C-ordered (m, n_x) table is not copied.
    Y : (n_y, m) array
        Labels 0/1, one-hot columns, or numbers.
    learning_rate : float, optional
        α; None takes the optimizer's own.
    epochs : int
        How often all examples are gone through; those of `resume` count.
    batch_size : int, optional
        Examples a step; the last batch of an epoch has the rest. None takes all examples in every step.
    shuffle : bool or BlockShuffle
        Whether batches are drawn anew for every epoch, from the seed; False takes the examples in their order. A
        `BlockShuffle` reads an X that lies in a file, a `numpy.memmap`, a few blocks at a time: more than fits memory.
    subset : (k,) array of int, optional
        Columns of X and Y that are learnt from, in this order; None takes all. The bits are those of a run on copies of
        these columns, which are not made.
    optimizer : str or update rule
        gradient_descent, momentum, nesterov, rmsprop, adam, adamw, lbfgs, or an instance such as
        ``Adam(0.001, beta2=0.95)``.
    seed : int
        Of the initial weights, the shuffling and the dropout.
    initial : Parameters, optional
        Where to start; None starts from ``initialize(net, seed)``.
    l2 : float
        λ of the penalty λ/2m Σ‖W‖²; m counts all examples, whatever the batch size.
    dropout : float or sequence of float
        Rate of inverted dropout in the hidden layers, one for all or one for each.
    dropout_schedule : str or Schedule, optional
        As `schedule`, a factor in [0, 1] on the dropout rates, such as "flat_cosine"; None keeps them constant.
    clip_norm : float, optional
        The largest joint norm of all derivatives of a step.
    sample_weight : (m,) array, optional
        A weight of 2 is the row twice.
    label_smoothing : float
        ε in [0, 1), for the cross-entropies: the labels that are learnt from become (1 − ε) y + ε/K, with K the rows of
        Y, or 2 for 0/1 labels. Those of `validation` stay as they are.
    signs : Parameters, optional
        Of 1, −1 and 0: entries that stay at least 0, at most 0, and free ones. Every step ends with entries of the
        other sign set to 0; the run starts from `initial` with the same done to it.
    averaging : float
        β in [0, 1). Above 0, what is validated, reported and given back is the average of the parameters over the
        steps t = 1, 2, ..., θ̄ ← c θ̄ + (1 − c) θ with c = min(β, t / (t + 9)), while the steps go on from θ. 0 is none.
    validation : (X, Y) or (X, Y, sample_weight), optional
        Examples that are only looked at, once an epoch.
    metrics : sequence, optional
        What is computed on them: accuracy, auc, rmse, mae, r2, log_loss, a `layerwise.Metric` of your own, or a
        function of (Y_hat, Y, sample_weight), of which more is taken for better. None takes accuracy with
        cross-entropies, rmse and mae with other losses.
    early_stopping : EarlyStopping or int, optional
        Stop when the validation cost, or the metric that ``EarlyStopping(monitor=...)`` names, has not improved for so
        many epochs, and restore the best parameters.
    schedule : str or Schedule, optional
        A factor on the learning rate: constant, inverse_time, step, exponential, cosine, one_cycle, linear,
        flat_cosine, coslog4, or an instance such as ``WarmUp(5, then=Cosine())``; None keeps it constant.
    decay_schedule : str or Schedule, optional
        The same for the optimizer's weight decay, which also follows the learning rate as before.
    callbacks : sequence
        Objects with ``on_epoch_end(state)``, which may call ``state.stop()`` or set ``state.learning_rate``.
    engine : str
        "native" is the C++ core, "numpy" the equations in a loop; between them the numbers differ by rounding.
        "auto" takes the native one, or the NumPy engine for an update rule of your own and where the core was not
        built.
    threads : int, optional
        None chooses by the size of the work. A number is obeyed. The native engine gives the same bits for any
        number; the NumPy engine needs threadpoolctl to set one.
    dtype : str or dtype
        "float32" or "float64", in which everything is computed.
    resume : TrainingResult, optional
        What an earlier call returned: the run goes on where that one stopped, within an epoch if need be. With all
        other arguments as they were, parameters and history have the same bits as if it had never stopped; so a run
        that early stopping ended needs more patience to go on, and a schedule sees the new `epochs`. Another
        `learning_rate` takes effect; the same one leaves in force what a callback has set. A callback that was
        interrupted is not called again for that epoch. A run that diverged cannot be resumed, nor a result that was
        loaded.

    Returns
    -------
    TrainingResult
        ``result.parameters``, ``result.history``, ``result.stopped``. Ctrl-C ends the run and returns what was
        learnt so far.

    Raises
    ------
    ShapeError, DataError, ParameterError
        Before anything is computed.
    MissingDependencyError
        If the engine asked for was not built, or needs threadpoolctl to obey `threads`.

    Warns
    -----
    DivergenceWarning
        If a number became infinite or NaN: the run stops in that step, says in which tensor of which layer, and
        returns the last finite parameters.
    EngineWarning
        Once, if "auto" trains with the NumPy engine because the native one was not built.

    Examples
    --------
    >>> import numpy as np
    >>> from layerwise import Network
    >>> X, Y = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0, 1, 1, 0]])  # XOR
    >>> net = Network((2, 4, 1), ("tanh", "sigmoid"))
    >>> result = train(net, X, Y, learning_rate=1.0, epochs=2000, seed=3)
    >>> result.predict(X).round().astype(int)
    array([[0, 1, 1, 0]])

    Stopped after 500 epochs and resumed, the same run has the same bits.

    >>> part = train(net, X, Y, learning_rate=1.0, epochs=500, seed=3)
    >>> whole = train(net, X, Y, learning_rate=1.0, epochs=2000, seed=3, resume=part)
    >>> bool((whole.parameters.vector == result.parameters.vector).all()), whole.history == result.history
    (True, True)

    References
    ----------
    Course notes 2.4, 2.10, 2.14 and 3.9; week 4 "hyperparameters". Averaged parameters: Polyak and Juditsky 1992,
    doi:10.1137/0330046; Izmailov et al. 2018, arXiv:1803.05407; Morales-Brotons et al. 2024, arXiv:2411.18704.
    Schedules of dropout and decay: Holzmüller, Grinsztajn and Steinwart 2024, arXiv:2407.04491. Smoothed labels:
    Szegedy et al. 2016, arXiv:1512.00567.
    """
    seed = SEED.check("train", "seed", seed)
    floating = _floating(dtype)
    runner = engine_named(engine)
    training = with_smoothed_labels(net, _examples("train", net, X, Y, sample_weight, floating), label_smoothing)
    training = with_subset(training, subset)
    looked_at = _validation(net, validation, floating)
    data = TrainingData(training, looked_at)
    progress = None if resume is None else check_resumable(net, resume, initial, floating)
    rule = stopping_rule(early_stopping, looked_at)
    plan = TrainingPlan(
        network=net,
        initial=_initial(net, initial, seed, floating) if progress is None else progress.parameters,
        optimizer=_optimizer(optimizer, learning_rate),
        epochs=COUNT.check("train", "epochs", epochs),
        batch_size=_batch_size(batch_size, training.m),
        seed=seed,
        l2=NON_NEGATIVE.check("train", "l2", l2),
        dropout=dropout_rates(net, dropout),
        clip_norm=None if clip_norm is None else POSITIVE.check("train", "clip_norm", clip_norm),
        schedule=schedule_of("schedule", schedule),
        early_stopping=rule,
        metrics=chosen_metrics(net, metrics, rule, looked_at),
        shuffle=shuffle if isinstance(shuffle, BlockShuffle) else _flag("shuffle", shuffle),
        threads=None if threads is None else COUNT.check("train", "threads", threads),
        dropout_schedule=schedule_of("dropout_schedule", dropout_schedule),
        decay_schedule=schedule_of("decay_schedule", decay_schedule),
        averaging=BELOW_ONE.check("train", "averaging", averaging),
        signs=sign_vector(net, signs),
        resume=progress,
    )
    check_full_batch(plan)
    if resume is not None:
        plan = resumed(plan, data, resume)
    listeners = check_callbacks(callbacks)

    def result_of(outcome: Outcome) -> TrainingResult:
        return TrainingResult.of(net, outcome, resume.history if resume else None)

    outcome = runner.run(plan, data, reporter(listeners, plan.epochs, result_of))
    if outcome.divergence is not None:
        kept = "those of the best epoch" if outcome.restored else "those from before that step"
        warnings.warn(
            f"Training stopped, because {outcome.divergence}. The parameters kept are {kept}. "
            "A smaller learning_rate, standardised inputs or clip_norm help.",
            DivergenceWarning,
            stacklevel=2,
        )
    result = result_of(outcome)
    for listener in listeners:
        if hasattr(listener, "on_train_end"):
            listener.on_train_end(result)
    return result


def _floating(dtype: Any) -> np.dtype[Any]:
    try:
        name: object = np.dtype(dtype).name
    except TypeError:
        name = dtype
    if name not in ("float32", "float64"):
        raise ParameterError(f"The 'dtype' parameter of train must be 'float32' or 'float64'. Got {dtype!r} instead.")
    return np.dtype(str(name))


def _examples(owner: str, net: Network, X: Any, Y: Any, sample_weight: Any, dtype: np.dtype[Any]) -> Examples:
    X = check_inputs(owner, net, X, dtype, finite=True)
    Y = check_targets(owner, net, Y, X.shape[1], dtype, loss(net.loss_choice).labels)
    return Examples(X, Y, check_weights(owner, sample_weight, X.shape[1], dtype))


def _validation(net: Network, validation: Sequence[Array | None] | None, dtype: np.dtype[Any]) -> Examples | None:
    if validation is None:
        return None
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        length = f" of length {len(validation)}" if hasattr(validation, "__len__") else ""
        raise ShapeError(
            f"train: validation must be (X, Y) or (X, Y, sample_weight). Got {type(validation).__name__}{length}."
        )
    X, Y, *weight = validation
    examples = _examples("train, validation", net, X, Y, weight[0] if weight else None, dtype)
    return Examples(*without_weightless(examples).arrays())


def _initial(net: Network, initial: Parameters | None, seed: int, dtype: np.dtype[Any]) -> Parameters:
    if initial is None:
        return initialize(net, seed).astype(dtype)
    if not isinstance(initial, Parameters):
        raise ParameterError(
            "The 'initial' parameter of train must be Parameters, such as initialize(net, seed=3) returns. "
            f"Got {type(initial).__name__} instead."
        )
    check_fit("train", net, initial)
    with np.errstate(over="ignore", under="ignore"):  # a number too large for `dtype` becomes infinite
        initial = initial.astype(dtype)
    if not np.isfinite(initial.vector).all():
        raise ParameterError(f"The 'initial' parameter of train must be finite in {dtype}. Got NaN or infinity.")
    return initial


def _optimizer(optimizer: str | UpdateRule | LBFGS, learning_rate: float | None) -> UpdateRule | LBFGS:
    if isinstance(optimizer, type):
        raise ParameterError(
            "The 'optimizer' parameter of train must be a name or an instance. "
            f"Got the class {optimizer.__name__}: write {optimizer.__name__}()."
        )
    if not isinstance(optimizer, UpdateRule | LBFGS):
        optimizer = OPTIMIZERS[known_name("optimizer", optimizer, OPTIMIZERS, {"sgd": "gradient_descent"})]()
    if learning_rate is None:
        return optimizer
    POSITIVE.check("train", "learning_rate", learning_rate)
    if isinstance(optimizer, LBFGS):
        raise ParameterError(
            "The 'learning_rate' parameter of train must be None with lbfgs, which searches its own step lengths. "
            f"Got {learning_rate}."
        )
    return replace(optimizer, learning_rate=learning_rate)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"The {name!r} parameter of train must be True or False. Got {value!r} instead.")
    return bool(value)


def _batch_size(batch_size: int | None, m: int) -> int | None:
    if batch_size is None:
        return None
    size = COUNT.check("train", "batch_size", batch_size)
    return None if size >= m else size
