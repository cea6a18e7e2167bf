"""A classifier with scikit-learn's face."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import unique_labels

from layerwise.errors import DataError, ParameterError
from layerwise.estimators.labels import Labels
from layerwise.estimators.mlp.base import BaseMLP, is_stochastic
from layerwise.estimators.mlp.validation import Validation, given_validation
from layerwise.estimators.quick import QuickScore
from layerwise.network import Array

__all__ = ["MLPClassifier"]


class MLPClassifier(QuickScore, BaseMLP):
    """A dense network for classes: scikit-learn's MLPClassifier on this library's engines, and what it refused.

    Binary, multi-class and multi-label targets; cross-entropies from the logits.

    Parameters
    ----------
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
        What early stopping goes by: a scorer of scikit-learn, or "loss"; None is the accuracy.
    callbacks : sequence, optional
        Objects with ``on_epoch_end(state)``, as for `layerwise.train`.
    n_threads : int, optional
        None chooses by the size of the work; the bits are the same for any number.
    dtype : "float32", "float64" or None
        None keeps that of X.
    on_divergence : "raise" or "recover"
        recover goes back to the best epoch with a quarter of the learning rate, at most five times, and warns.
    class_weight : "balanced", dict or None
        Weights of the classes; balanced gives every class the same total.

    Attributes
    ----------
    classes_ : array
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
    >>> from sklearn.datasets import load_iris
    >>> from layerwise import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(solver="lbfgs", max_iter=1000, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95, model.predict_proba(X[:1]).shape
    (True, (1, 3))

    References
    ----------
    scikit-learn 1.9, ``sklearn.neural_network.MLPClassifier``; where the two differ: docs/sklearn-differences.md.
    """

    def __init__(
        self,
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
        class_weight: Any = None,
    ) -> None:
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
        self.class_weight = class_weight

    @available_if(is_stochastic)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Self:
        """Go once through the rows, from where the last call left the weights and the optimizer.

        The first call needs `classes`, all that there will be. With ``early_stopping=True`` it needs X_val and y_val:
        the score is noted and the best weights are kept.
        """
        given = given_validation(type(self).__name__, X_val, y_val, None)
        return self._fit(X, y, sample_weight, given, incremental=True, classes=classes)

    def predict(self, X: Any) -> Array:
        """Return the label of each row, (m,); of a multi-label target an indicator (m, labels)."""
        Y_hat = self._outputs(X)
        return self._labels.decode(Y_hat)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class of `classes_`, (m, classes); of a multi-label target of each label."""
        Y_hat = self._outputs(X)
        return self._labels.probabilities(Y_hat)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    classes_: Array
    kind = "MLP classifier"

    def _learn_targets(self, y: Any, begins: bool, incremental: bool, classes: Any) -> None:
        if incremental and classes is None and not hasattr(self, "classes_"):
            raise DataError("classes must be passed on the first call to partial_fit.")
        again = incremental and classes is not None and hasattr(self, "classes_")
        if again and not np.array_equal(self.classes_, unique_labels(classes)):
            raise DataError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        if begins or not hasattr(self, "classes_"):
            self._labels = Labels.of(y, classes)
            self.classes_ = self._labels.classes
        elif self.warm_start and not incremental and self._labels.kind != "multilabel":
            found = Labels.of(y).classes
            if not np.array_equal(found, self.classes_):
                raise ParameterError(
                    "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                    f"Previously got {self.classes_}, `y` has {found}"
                )

    def _encode(self, y: Any, dtype: Any) -> Array:
        return self._labels.encode(y, dtype)

    def _output(self) -> tuple[str, Any]:
        return self._labels.output, None

    def _strata(self, Y: Array) -> Array | None:
        if self._labels.kind == "multilabel":
            return None
        return Y.argmax(axis=1) if Y.shape[1] > 1 else Y[:, 0].astype(np.int64)

    def _native_metric(self, validation: Validation) -> tuple[str, Any] | None:
        return None if self._labels.kind == "multilabel" else ("accuracy", lambda accuracy: accuracy)

    def _score_outputs(self, Y_hat: Array, validation: Validation) -> float:
        return float(accuracy_score(validation.y, self._labels.decode(Y_hat), sample_weight=validation.sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
