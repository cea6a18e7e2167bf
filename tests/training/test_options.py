"""What acts on a run beside its rule and its rates: which values are taken, and what stands for which default."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.metrics import METRICS, mae
from layerwise.equations.optimizers import AdamW
from layerwise.errors import ParameterError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))


def signs(value):
    """As many of that number as the network has parameters."""
    return lw.Parameters.from_vector(NET.sizes, np.full(NET.n_parameters, float(value)))


def trained(**options):
    result = lw.train(NET, X, Y, epochs=4, seed=1, **options)
    return result.parameters.vector.tobytes(), result.history


REFUSED = [
    (
        {"label_smoothing": 1},
        r"'label_smoothing' parameter of train must be a float in the range \[0, 1\)\. Got 1 inst",
    ),
    ({"averaging": 1.0}, r"'averaging' parameter of train must be a float in the range \[0, 1\)\. Got 1\.0 instead"),
    ({"averaging": True}, r"'averaging' .* Got True"),
    (
        {"signs": [1]},
        r"'signs' parameter of train must be Parameters that hold 1, -1 and 0, in the sizes of the network\. Got list",
    ),
    ({"signs": signs(0.5)}, r"^The 'signs' parameter of train must hold 1, -1 and 0 only\. Got 0\.5 in it\.$"),
    ({"signs": signs(np.nan)}, r"'signs' parameter of train must hold 1, -1 and 0 only\. Got nan in it"),
    ({"dropout_schedule": "linaer"}, r"^Unknown dropout_schedule 'linaer'\. Did you mean 'linear'\?"),
    ({"decay_schedule": 3}, r"^Unknown decay_schedule 3\. Known: constant"),
    ({"metrics": ("auc",)}, r"^The 'metrics' parameter of train must be None without validation examples: give val"),
    (
        {"metrics": "auc", "validation": (X, Y)},
        r"^The 'metrics' parameter of train must list names or metrics, such as \('auc', 'log_loss'\)\. Got 'auc' ins",
    ),
    ({"metrics": ("ouc",), "validation": (X, Y)}, r"^Unknown metric 'ouc'\. Did you mean 'auc'\?"),
    (
        {"metrics": ("mae", lw.Metric("mae", mae, True)), "validation": (X, Y)},
        r"^The metrics of train must have different names\. Got 'mae' twice\.$",
    ),
    (
        {
            "metrics": (lw.Metric("auc", mae, True),),
            "validation": (X, Y),
            "early_stopping": lw.EarlyStopping(monitor="auc"),
        },
        r"^The metrics of train must have different names\. Got 'auc' twice\.$",
    ),
    ({"optimizer": "lbfgs", "averaging": 0.9}, r"'averaging' parameter of train does not go with lbfgs"),
    ({"optimizer": "lbfgs", "signs": signs(-1)}, r"'signs' parameter of train does not go with lbfgs"),
    ({"optimizer": "lbfgs", "dropout_schedule": "linear"}, r"'dropout_schedule' parameter of train does not go with"),
    ({"optimizer": "lbfgs", "decay_schedule": "cosine"}, r"'decay_schedule' parameter of train does not go with lbfgs"),
]


@pytest.mark.parametrize(
    ("options", "message"), REFUSED, ids=[f"{i} {next(iter(o))}" for i, (o, _) in enumerate(REFUSED)]
)
def test_arguments_outside_their_range(options, message):
    with pytest.raises(ParameterError, match=message):
        lw.train(NET, X, Y, **options)


def test_signs_fit_the_network():
    other = lw.initialize(lw.Network((2, 3, 1), ("tanh", "sigmoid")))
    with pytest.raises(
        ShapeError, match=r"^train, signs: the parameters must have the sizes of the network, \(2, 4, 1"
    ):
        lw.train(NET, X, Y, signs=other)


def test_labels_that_are_no_classes_are_not_smoothed():
    net = lw.Network((2, 1), ("identity",))
    with pytest.raises(
        ParameterError,
        match=r"^The 'label_smoothing' parameter of train must be 0 with the loss 'squared_error', as it is for the "
        r"cross-entropies\. Got 0\.1\.$",
    ):
        lw.train(net, X, Y, label_smoothing=0.1)


def test_no_schedules_are_constant_ones():
    constant = {"dropout_schedule": "constant", "decay_schedule": "constant"}
    assert trained(dropout=0.5, optimizer=AdamW()) == trained(dropout=0.5, optimizer=AdamW(), **constant)


def test_the_metrics_are_those_of_the_loss():
    one, other = (trained(validation=(X, Y), metrics=metrics) for metrics in (None, ["accuracy"]))
    assert one == other


def test_what_is_monitored_is_recorded_once():
    rule = lw.EarlyStopping(3, monitor="auc")
    for metrics in (("auc", "rmse"), (METRICS["auc"], "rmse")):
        result = lw.train(NET, X, Y, epochs=2, validation=(X, Y), early_stopping=rule, metrics=metrics)
        assert list(result.history.metrics) == ["auc", "rmse"]
