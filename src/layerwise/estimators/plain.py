"""`PlainModel`: what a fitted estimator has learnt, as a file keeps it. It predicts with NumPy alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from layerwise import values
from layerwise.errors import DataError, ParameterError, ShapeError, listed
from layerwise.estimators.classes import Classes
from layerwise.estimators.constructor import from_json
from layerwise.network import Array, Network, Parameters
from layerwise.storage import register
from layerwise.training import History, predict
from layerwise.training.history import parameters_from_tensors, parameters_to_tensors

__all__ = ["KINDS", "PlainModel"]

KINDS: Mapping[str, str] = {
    "MLP classifier": "layerwise.estimators.mlp.saving",
    "MLP regressor": "layerwise.estimators.mlp.saving",
    "logistic regression": "layerwise.estimators.logistic_saving",
}
"""Every kind, and the module that makes an estimator of it where scikit-learn is installed."""

_WIDEST = 256
"""Letters that the type of an array of texts may have beyond those of its longest one."""


@dataclass(frozen=True, eq=False)
class PlainModel:
    """A fitted estimator without scikit-learn: what `layerwise.load` returns where that is not installed.

    Attributes
    ----------
    kind : str
        "MLP classifier", "MLP regressor" or "logistic regression".
    network : Network
    parameters : Parameters
    history : History
        The loss curves of the estimator; its validation scores are the metric "score".
    params : dict
        The parameters of the constructor as JSON values.
    classes : Classes or None
        None of a regressor.
    feature_names : tuple of str or None
    facts : dict
        The other fitted attributes as JSON values.
    """

    kind: str
    network: Network
    parameters: Parameters
    history: History
    params: Mapping[str, Any]
    classes: Classes | None = None
    feature_names: tuple[str, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def constructor(self) -> dict[str, Any]:
        """The parameters of the constructor, as it takes them."""
        return {name: from_json(value) for name, value in self.params.items()}

    def outputs(self, X: Any) -> Array:
        """Return Y_hat, (m, n_y), for X, (m, n_x).

        Raises
        ------
        ShapeError, DataError
            If X does not have n_x columns of finite numbers, or columns of other names.
        """
        names = getattr(X, "columns", None)
        if names is not None and self.feature_names is not None and tuple(names) != self.feature_names:
            known, got = listed(self.feature_names), listed(map(str, names))
            raise DataError(
                f"X must have the columns that the model was fitted with, in their order: {known}. Got {got}."
            )
        try:
            rows = np.asarray(X, self.parameters.dtype, order="C")
        except (TypeError, ValueError) as error:
            raise DataError(f"X must be numbers, a row for each example: {error}.") from None
        if rows.ndim != 2 or rows.shape[1] != self.network.n_x:
            raise ShapeError(f"X must have the shape (m, {self.network.n_x}). Got {rows.shape}.")
        return predict(self.network, self.parameters, rows.T).T

    def predict(self, X: Any) -> Array:
        """Return the label of each row, (m,), or an indicator (m, labels); of a regressor the numbers."""
        Y_hat = self.outputs(X)
        if self.classes is not None:
            return self.classes.decode(Y_hat)
        return Y_hat[:, 0] if Y_hat.shape[1] == 1 else Y_hat

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (m, classes); not for regression."""
        if self.classes is None:
            raise ParameterError("predict_proba needs a model of classes. This one learnt numbers: use predict.")
        return self.classes.probabilities(self.outputs(X))

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the configuration (JSON values) and the tensors that a model file keeps."""
        described, tensors = (None, {}) if self.classes is None else _classes_to_state(self.classes)
        configuration = {
            "params": dict(self.params),
            "network": self.network.to_config(),
            "history": vars(self.history),
            "classes": described,
            "feature_names": None if self.feature_names is None else list(self.feature_names),
            "facts": dict(self.facts),
        }
        return configuration, parameters_to_tensors(self.parameters) | tensors

    @classmethod
    def from_state(cls, kind: str, configuration: dict[str, Any], tensors: dict[str, Array]) -> PlainModel:
        """Build the model again from what `to_state` gave; every part is checked against the others."""
        network = Network.from_config(values.mapping(configuration["network"]))
        weights = {name: tensor for name, tensor in tensors.items() if name != "classes"}
        model = cls(
            kind,
            network,
            parameters_from_tensors(network, weights),
            History.from_config(configuration["history"]),
            values.mapping(configuration["params"]),
            None if configuration["classes"] is None else _classes_from_state(configuration["classes"], tensors),
            _names(configuration["feature_names"], network.n_x),
            values.mapping(configuration["facts"]),
        )
        _check_outputs(model)
        if not all(name.isidentifier() for name in model.constructor):
            raise ValueError("its parameters are not those of a constructor")
        return model


def _classes_to_state(of: Classes) -> tuple[dict[str, Any], dict[str, Array]]:
    classes = of.classes
    if classes.dtype.kind in "biuf":
        return {"kind": of.kind, "texts": None}, {"classes": np.ascontiguousarray(classes)}
    if classes.dtype.kind not in "UO" or not all(isinstance(label, str) for label in classes):
        raise ParameterError(
            "The 'model' parameter of save must have classes that are numbers, texts or booleans. "
            f"Got classes of {classes.dtype}."
        )
    letters = classes.dtype.itemsize // 4 if classes.dtype.kind == "U" else None
    return {"kind": of.kind, "texts": classes.tolist(), "letters": letters}, {}


def _classes_from_state(config: Any, tensors: dict[str, Array]) -> Classes:
    kind = values.named(config["kind"], ("binary", "multiclass", "multilabel"))
    if config["texts"] is None:
        classes = tensors["classes"].copy()
    else:
        texts = [values.text(label) for label in values.listed(config["texts"])]
        longest = max(map(len, texts), default=0)
        letters = config["letters"] is not None and values.count(config["letters"], longest, longest + _WIDEST)
        classes = np.array(texts, f"<U{letters}" if letters else object)
    if classes.ndim != 1 or not len(classes) or len(set(classes.tolist())) < len(classes):
        raise ValueError("its classes are not different ones")
    return Classes(classes, kind)


def _names(names: Any, n_x: int) -> tuple[str, ...] | None:
    if names is None:
        return None
    found = tuple(values.text(name) for name in values.listed(names))
    if len(found) != n_x:
        raise ValueError(f"it has {len(found)} names for {n_x} columns")
    return found


def _check_outputs(model: PlainModel) -> None:
    net, of = model.network, model.classes
    if (of is None) != (model.kind == "MLP regressor"):
        raise ValueError("its classes do not go with its kind")
    if net.embeddings or (model.kind == "logistic regression" and (net.L > 1 or of is None or len(of.classes) < 2)):
        raise ValueError(f"its network is none of a {model.kind}")
    if of is None:
        return
    many = len(of.classes) > 2
    if (of.kind == "binary" and many) or (of.kind == "multiclass" and not many):
        raise ValueError(f"{len(of.classes)} classes are not {of.kind}")
    if (of.n_y, of.output) != (net.sizes[-1], net.g[-1].name):
        raise ValueError("its outputs are not those of its classes")


def _loaded(kind: str, configuration: dict[str, Any], tensors: dict[str, Array]) -> Any:
    plain = PlainModel.from_state(kind, configuration, tensors)
    try:
        module = importlib.import_module(KINDS[kind])
    except ImportError:  # without scikit-learn
        return plain
    return module.estimator_of(plain)


for _kind in KINDS:
    register(_kind, partial(_loaded, _kind))
