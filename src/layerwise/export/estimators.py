"""The estimators that take a matrix, as a network and what its outputs mean. Needs scikit-learn, as they do."""

from __future__ import annotations

from typing import Any

from layerwise.errors import ParameterError
from layerwise.estimators.logistic import LogisticRegression
from layerwise.estimators.mlp import MLPClassifier, MLPRegressor
from layerwise.export.labels import labels_of
from layerwise.export.program import Output
from layerwise.network import Network, Parameters

__all__ = ["network_and_output"]


def network_and_output(model: Any) -> tuple[tuple[Network, Parameters], Output] | None:
    """Return the network with its parameters and the output of a fitted estimator; None for anything else.

    Raises
    ------
    ParameterError
        If it has learnt one class only.
    """
    if not hasattr(model, "coef_" if isinstance(model, LogisticRegression) else "coefs_"):
        return None
    if isinstance(model, LogisticRegression):
        n_y, n_x = model.coef_.shape
        net = Network((n_x, n_y), ("sigmoid" if n_y == 1 else "softmax",))
        return (net, Parameters([model.coef_], [model.intercept_.reshape(-1, 1)])), _classes(model, n_y)
    if isinstance(model, MLPClassifier | MLPRegressor):
        network = model._network, model._theta()
        n_y = model.n_outputs_
        if isinstance(model, MLPRegressor):
            return network, Output("numbers", n_y, flat=n_y == 1)
        multilabel = model._labels.kind == "multilabel"
        return network, Output("labels", n_y, labels_of(model.classes_)) if multilabel else _classes(model, n_y)
    return None


def _classes(model: Any, n_y: int) -> Output:
    if len(model.classes_) < 2:
        raise ParameterError(
            f"An exported classifier must have learnt at least two classes. Got one: {labels_of(model.classes_)[0]!r}."
        )
    return Output("classes", n_y, labels_of(model.classes_))
