"""A regressor with scikit-learn's face."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from layerwise.engines import Examples, TrainingPlan
from layerwise.errors import DataError
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.mlp.custom_loss import check_custom_loss, custom_loss
from layerwise.estimators.mlp.validation import Validation
from layerwise.network import Array
from layerwise.training.predicting import predict
from layerwise.vocabulary import LOSSES, choose

__all__ = ["MLPRegressor"]

FIRST_ROWS = 50
"""On which a loss of the user's own is held against finite differences."""
REGRESSION_LOSSES = {name: LOSSES[name] for name in ("squared_error", "poisson", "absolute_error", "huber", "quantile")}


class MLPRegressor(RegressorMixin, BaseMLP):
    """A dense network for numbers: scikit-learn's MLPRegressor on this library's engines, and what it refused.

    One target or several.

    Parameters
    ----------
    loss : str or callable
        squared_error (half of it), poisson (with the output exp), absolute_error, "huber(delta=1)", "quantile(q=0.5)";
        of several targets the sum. Or a function of (y_true, y_pred), both (m, n_y), that returns the loss (m,) or (m,
        n_y) and its derivative by y_pred (m, n_y); it is checked by finite differences, and trains on the NumPy engine.
    hidden_layer_sizes : int or sequence of int
        Units of the hidden layers; () is a linear model.
    activation : str or sequence of str
        Of the hidden layers, one for all or one for each: relu, tanh, logistic, identity, or any other name that
        `layerwise.Network` takes, such as "gelu" or "leaky_relu(slope=0.2)".
    solver : str
        adam, sgd (with `momentum` and `nesterovs_momentum`) and lbfgs as in scikit-learn; gradient_descent (all rows in
        every step unless `batch_size` says otherwise), rmsprop (its rho is `beta_2`), adamw (with `weight_decay`);
        auto is lbfgs for up to 100 rows and adamw beyond.
    alpha : float
        L2 penalty, divided by the rows of the batch as in scikit-learn: alpha / (2 b) Σ‖W‖².
    batch_size : int or "auto"
        Rows of a step; "auto" is min(200, rows), for lbfgs and gradient_descent all rows.
    learning_rate : str
        constant, invscaling (init / (t + 1)^power_t, t rows seen) or adaptive (a fifth whenever patience is over);
        acts on every solver but adam and lbfgs.
    learning_rate_init, power_t, momentum, nesterovs_momentum, beta_1, beta_2, epsilon
        Of the solver.
    max_iter : int
        Epochs of a fit, or steps of lbfgs.
    shuffle : bool
        False takes the rows in their order in every epoch.
    random_state : int, RandomState or None
        Of weights, batches, dropout and held-out rows. An int gives the same bits on every machine.
    tol, n_iter_no_change : float, int
        A fit ends after more than n_iter_no_change epochs without an improvement by tol; lbfgs where no derivative is
        above tol.
    verbose : bool or int
        A progress bar; lines where there is no terminal.
    warm_start : bool
        fit goes on from the last one, the optimizer's averages included: 50 + 50 epochs have the bits of 100.
    early_stopping, validation_fraction : bool, float
        Hold rows out (or take X_val and y_val), stop when their score does not improve, restore the best weights.
    max_fun : int
        Evaluations of the cost that lbfgs may use.
    l2 : float
        λ of the course's penalty λ / (2 m) Σ‖W‖², which does not change with the batch; needs alpha=0.
    weight_decay : float
        Of adamw.
    dropout : float or sequence of float
        Rate in the hidden layers, one for all or one for each.
    initializer : str, optional
        As for `layerwise.initialize`; None is scikit-learn's, Glorot's uniform for weights and biases.
    schedule : str or Schedule, optional
        As for `layerwise.train`: cosine, one_cycle, ...
    clip_norm : float, optional
        The largest joint norm of all derivatives of a step.
    scoring : str or callable, optional
        What early stopping goes by: a scorer of scikit-learn, or "loss"; None is R².
    callbacks : sequence, optional
        Objects with ``on_epoch_end(state)``, as for `layerwise.train`.
    n_threads : int, optional
        None chooses by the size of the work; the bits are the same for any number.
    dtype : "float32", "float64" or None
        None keeps that of X.
    on_divergence : "raise" or "recover"
        recover goes back to the best epoch with a quarter of the learning rate, at most five times, and warns.

    Attributes
    ----------
    coefs_, intercepts_ : list of array
        The weights, (n[l-1], n[l]), and biases of layer l at l - 1. To put other arrays in their place is to change
        the network.
    loss_, best_loss_, loss_curve_ : float, float, list of float
        The cost with its penalty, in the last epoch, in the best (None with early stopping), and in each since the
        weights were drawn.
    validation_scores_, best_validation_score_, validation_loss_curve_
        Of the rows that were only looked at; None without any.
    n_iter_, t_ : int
        Epochs of the last fit; rows that were learnt from, counted once an epoch.
    n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
        As in scikit-learn; its layers count the input.

    Raises
    ------
    ParameterError, DataError
        Both are ValueError, in scikit-learn's words where it has them.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from layerwise import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, random_state=0).fit(X, y)
    >>> round(model.score(X, y), 2)
    0.52

    References
    ----------
    scikit-learn 1.9, ``sklearn.neural_network.MLPRegressor``; where the two differ: docs/sklearn-differences.md.
    """

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        l2: float = 0.0,
        weight_decay: float = 0.01,
        dropout: Any = 0.0,
        initializer: str | None = None,
        schedule: Any = None,
        clip_norm: float | None = None,
        scoring: Any = None,
        callbacks: Any = None,
        n_threads: int | None = None,
        dtype: Any = None,
        on_divergence: str = "raise",
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.l2 = l2
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.initializer = initializer
        self.schedule = schedule
        self.clip_norm = clip_norm
        self.scoring = scoring
        self.callbacks = callbacks
        self.n_threads = n_threads
        self.dtype = dtype
        self.on_divergence = on_divergence

    def predict(self, X: Any) -> Array:
        """Return the outputs, (m,) for one target, else (m, n_y)."""
        Y_hat = self._outputs(X)
        return Y_hat[:, 0] if Y_hat.shape[1] == 1 else Y_hat

    _y_rules: ClassVar[dict[str, Any]] = {"y_numeric": True}
    kind = "MLP regressor"

    def _learn_targets(self, y: Any, begins: bool, incremental: bool, classes: Any) -> None:
        self._choice = (
            self.loss if callable(self.loss) else choose("loss of MLPRegressor", self.loss, REGRESSION_LOSSES)
        )

    def _encode(self, y: Any, dtype: Any) -> Array:
        targets = np.asarray(y, dtype).reshape(len(y), -1)
        if not np.isfinite(targets).all():
            row = int((~np.isfinite(targets)).any(axis=1).argmax())
            raise DataError(f"Input y contains NaN or infinity. The first is in row {row}.")
        if self.loss == "poisson" and (targets < 0).any():
            row = int((targets < 0).any(axis=1).argmax())
            raise DataError(f"With loss='poisson' every y must be at least 0. Got {targets[row].min():g} in row {row}.")
        return targets

    def _output(self) -> tuple[str, Any]:
        if callable(self.loss):
            return "identity", custom_loss(self.loss)
        return "exp" if self._choice.name == "poisson" else "identity", str(self._choice)

    def _constant(self, examples: Examples) -> float:
        # scikit-learn's Poisson loss is half the deviance: ŷ − y log ŷ and, whatever ŷ is, y log y − y
        if self.loss != "poisson":
            return 0.0
        taken = slice(None) if examples.subset is None else examples.subset
        y = np.asarray(examples.Y[:, taken], np.float64)
        of_each = y * np.log(np.where(y > 0, y, 1)) - y
        w = None if examples.sample_weight is None else examples.sample_weight[0, taken]
        return float(np.average(of_each.sum(axis=0), weights=w))

    def _check_loss(self, plan: TrainingPlan, training: Examples) -> None:
        if callable(self.loss):
            X, Y, _ = training.take(np.arange(min(training.m, FIRST_ROWS))).arrays()
            outputs = predict(plan.network, plan.initial, X)
            check_custom_loss(type(self).__name__, self.loss, Y.T, outputs.T)

    def _native_metric(self, validation: Validation) -> tuple[str, Any] | None:
        if validation.examples.Y.shape[0] > 1 or callable(self.loss):
            return None
        y = np.asarray(validation.examples.Y[0], np.float64)
        w = None if validation.sample_weight is None else validation.sample_weight.astype(np.float64)
        variance = float(np.average((y - np.average(y, weights=w)) ** 2, weights=w))
        return ("rmse", lambda rmse: 1 - rmse * rmse / variance) if variance else None

    def _score_outputs(self, Y_hat: Array, validation: Validation) -> float:
        Y = validation.examples.Y.T
        return float(r2_score(Y, Y_hat, sample_weight=validation.sample_weight)) if np.isfinite(Y_hat).all() else np.nan
