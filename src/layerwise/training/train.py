"""`train`: from a description of a run to its result."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from layerwise.engines import EarlyStopping, Examples
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import LBFGS, UpdateRule
from layerwise.equations.schedules import Schedule
from layerwise.equations.shuffling import BlockShuffle
from layerwise.network import Array, Network, Parameters
from layerwise.training.callbacks import Callback
from layerwise.training.history import TrainingResult
from layerwise.training.preparing import Prepared, prepare

__all__ = ["prepared", "train"]


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
    validation: Sequence[Array | None] | Examples | None = None,
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
    validation : (X, Y), (X, Y, sample_weight) or Examples, optional
        Examples that are only looked at, once an epoch. `layerwise.engines.Examples` may name a subset; they are in the
        floating type of the run, and checked by whoever made them.
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
    run = prepare(
        net,
        X,
        Y,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
        subset=subset,
        optimizer=optimizer,
        seed=seed,
        initial=initial,
        l2=l2,
        dropout=dropout,
        dropout_schedule=dropout_schedule,
        clip_norm=clip_norm,
        sample_weight=sample_weight,
        label_smoothing=label_smoothing,
        signs=signs,
        averaging=averaging,
        validation=validation,
        metrics=metrics,
        early_stopping=early_stopping,
        schedule=schedule,
        decay_schedule=decay_schedule,
        callbacks=callbacks,
        engine=engine,
        threads=threads,
        dtype=dtype,
        resume=resume,
    )
    return run.result(run.engine.run(run.job.plan, run.job.data, run.job.report))


def prepared(net: Network, X: Array, Y: Array, **options: Any) -> Prepared:
    """Return a run of `train`, with its arguments, that has not begun."""
    arguments = inspect.signature(train).bind(net, X, Y, **options)
    arguments.apply_defaults()
    return prepare(**arguments.arguments)
