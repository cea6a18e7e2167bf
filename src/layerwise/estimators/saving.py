"""What every estimator says of itself to a model file, and what of it no file can keep."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from layerwise.errors import ModelFileNotice, NetworkWarning, ParameterError
from layerwise.estimators.constructor import NotPlainError, to_json
from layerwise.network import Network
from layerwise.vocabulary import Choice

__all__ = ["check_class", "constructor_state", "features_of", "set_features", "without_own_loss"]


def check_class(estimator: Any, known: Iterable[type]) -> None:
    """Refuse a class that was derived from the library's, whose own methods no file can keep."""
    if type(estimator) not in known:
        raise ParameterError(
            f"The 'model' parameter of save must be an estimator of the library's own. Got {type(estimator).__name__}, "
            "a class derived from one, whose methods are code."
        )


def constructor_state(estimator: Any, stacklevel: int) -> dict[str, Any]:
    """Return the parameters of the constructor as JSON values, without those that have none.

    `stacklevel` is how far up `save` was called, as for `warnings.warn`.

    Warns
    -----
    ModelFileNotice
        If there are such: functions, callbacks, and other objects that are not the library's.
    """
    found, left_out = {}, []
    for name, value in estimator.get_params(deep=False).items():
        try:
            found[name] = to_json(value)
        except NotPlainError:
            left_out.append(name)
    if left_out:
        warnings.warn(
            f"{type(estimator).__name__}: a model file holds no code and no objects, so {', '.join(left_out)} will "
            "have the default when the model is loaded. It predicts the same; set it again before another fit.",
            ModelFileNotice,
            stacklevel=stacklevel,
        )
    return found


def without_own_loss(net: Network) -> Network:
    """Return the network, without a loss that is the user's code: predictions need none."""
    if isinstance(net.loss_choice, Choice):
        return net
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        return Network(net.sizes, net.activations)


def features_of(estimator: Any) -> tuple[str, ...] | None:
    """Return the names of the columns, where they have any."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def set_features(estimator: Any, n: int, names: tuple[str, ...] | None) -> None:
    """Set n_features_in_ and feature_names_in_."""
    estimator.n_features_in_ = n
    if names is not None:
        estimator.feature_names_in_ = np.array(names, dtype=object)
