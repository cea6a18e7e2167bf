"""Metrics of every kind on the validation examples, and early stopping by any of them."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data
from layerwise.engines import EarlyStopping
from layerwise.equations.metrics import METRICS, Metric, metric_of

NET = lw.Network((2, 9, 1), ("tanh", "sigmoid"))
X, Y = data(m=40)
WEIGHTS = np.random.default_rng(4).uniform(0.1, 3, 33)
HELD_OUT = (*data(m=33, seed=9), WEIGHTS)
OPTIONS = {"optimizer": "adam", "learning_rate": 0.05, "batch_size": 8, "seed": 2}


def largest_error(Y_hat, Y, sample_weight):
    assert Y_hat.shape == Y.shape == (1, 33)
    assert sample_weight.shape == (33,)
    return np.abs(Y_hat - Y).max()


class Outputs:
    """What the network gives for the validation examples after every epoch."""

    def __init__(self, net=NET):
        self.net, self.seen = net, []

    def on_epoch_end(self, state):
        self.seen.append(lw.predict(self.net, state.parameters, HELD_OUT[0]))


def run(train, epochs=25, **options):
    outputs = Outputs()
    result = train(NET, X, Y, epochs=epochs, validation=HELD_OUT, callbacks=[outputs], **{**OPTIONS, **options})
    return result, outputs.seen


def test_every_metric_is_that_of_the_outputs(train):
    own = Metric("largest", largest_error, greater_is_better=False)
    result, outputs = run(train, metrics=(*METRICS, own, largest_error), epochs=5)
    assert list(result.history.metrics) == [*METRICS, "largest", "largest_error"]
    for metric in (*METRICS.values(), own, metric_of("metric", largest_error)):
        expected = [metric(Y_hat, HELD_OUT[1], WEIGHTS) for Y_hat in outputs]
        assert result.history.metrics[metric.name] == pytest.approx(expected, rel=1e-9)


def test_callbacks_see_them(train):
    seen = []
    look = type("Look", (), {"on_epoch_end": lambda self, state: seen.append(state.metrics)})()
    result = train(NET, X, Y, epochs=2, validation=HELD_OUT, metrics=("auc", "rmse"), callbacks=[look])
    assert seen == [{name: result.history.metrics[name][e] for name in ("auc", "rmse")} for e in range(2)]


def test_without_any(train):
    assert train(NET, X, Y, epochs=2, validation=HELD_OUT, metrics=()).history.metrics == {}


def the_last(values, greater, patience, least):
    """The last epoch of a run, from the whole curve; NaN is never better."""
    reference, since = None, 0
    for epoch, value in enumerate(values):
        gain = np.inf if reference is None else (value - reference if greater else reference - value)
        better = not np.isnan(value) and gain > least
        reference, since = (value, 0) if better else (reference, since + 1)
        if since == patience:
            return epoch
    return len(values) - 1


@pytest.mark.parametrize("least", [0.0, 0.01])
@pytest.mark.parametrize("monitor", ["cost", *METRICS, largest_error, Metric("largest", largest_error, False)])
def test_it_stops_by_what_it_monitors(train, monitor, least):
    rule = EarlyStopping(3, least, monitor=monitor)
    whole, outputs = run(train, epochs=40, metrics=() if rule.metric is None else (rule.metric,))
    name = "cost" if rule.metric is None else rule.metric.name
    curve = np.array(whole.history.validation_cost if name == "cost" else whole.history.metrics[name])
    greater = rule.metric is not None and rule.metric.greater_is_better
    last = the_last(curve, greater, 3, least)
    best = int((np.argmax if greater else np.argmin)(curve[: last + 1]))
    result, _ = run(train, epochs=40, early_stopping=rule)
    assert last < 39
    assert (result.stopped, len(result.history), result.best_epoch) == ("early_stopping", last + 1, best)
    assert result.history.metrics.keys() == {"accuracy", name} - {"cost"}
    np.testing.assert_array_equal(lw.predict(NET, result.parameters, HELD_OUT[0]), outputs[best])


def test_what_is_never_a_number_is_never_better(train):
    rule = EarlyStopping(4, monitor=lambda Y_hat, Y, w: float("nan"))
    result, _ = run(train, early_stopping=rule)
    assert (result.stopped, len(result.history), result.best_epoch) == ("early_stopping", 5, None)
    assert not result.restored


def test_lbfgs_is_stopped_by_a_metric_too(train):
    options = {"optimizer": "lbfgs", "batch_size": None, "learning_rate": None}
    whole, _ = run(train, epochs=60, metrics=("auc",), **options)
    result, _ = run(train, epochs=60, early_stopping=EarlyStopping(3, monitor="auc"), **options)
    last = the_last(np.array(whole.history.metrics["auc"]), True, 3, 0.0)
    assert (result.stopped, len(result.history)) == ("early_stopping", last + 1)


def test_an_error_in_a_metric_is_told(train):
    def fails(Y_hat, Y, sample_weight):
        raise RuntimeError("no such rank")

    with pytest.raises(RuntimeError, match="no such rank"):
        run(train, metrics=(fails,))
    with pytest.raises(lw.errors.ParameterError, match=r"^The metric '<lambda>' must return a number\. Got None inst"):
        run(train, metrics=(lambda *given: None,))


def test_ctrl_c_in_a_metric_leaves_the_epoch_unfinished(train):
    calls = []

    def interrupts(Y_hat, Y, sample_weight):
        calls.append(Y_hat)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 0.0

    part, _ = run(train, metrics=(interrupts,), epochs=5)
    assert (part.stopped, len(part.history), part.history.metrics) == ("interrupted", 2, {"interrupts": [0.0, 0.0]})
    options = {**OPTIONS, "validation": HELD_OUT, "metrics": (interrupts,), "epochs": 5}
    resumed, whole = (train(NET, X, Y, resume=resume, **options) for resume in (part, None))
    assert resumed.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
    assert resumed.history == whole.history


def test_what_a_metric_keeps_stays_as_it_was(train):
    kept = []

    def keeps(Y_hat, Y, sample_weight):
        kept.append(Y_hat)
        return 0.0

    _, outputs = run(train, metrics=(keeps,), epochs=3)
    np.testing.assert_allclose(kept, outputs, rtol=1e-12)
