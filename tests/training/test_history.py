import sys

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import MissingDependencyError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 3, 1), ("tanh", "sigmoid"))


def test_repr():
    assert repr(lw.History()) == "History(no epochs)"
    assert repr(lw.History([0.75, 0.5], [], [1.0, 1.0])) == "History(2 epochs, cost 0.75 -> 0.5)"
    with_validation = lw.History([0.75, 0.5], [0.9, 1 / 3], [1.0, 1.0])
    assert repr(with_validation) == "History(2 epochs, cost 0.75 -> 0.5, validation cost 0.333333)"
    result = lw.TrainingResult(NET, lw.initialize(NET), with_validation, "callback")
    assert repr(result) == f"TrainingResult(2-3-1, {with_validation!r}, stopped='callback')"


def test_its_length_is_the_number_of_epochs():
    assert len(lw.train(NET, X, Y, epochs=4).history) == 4
    assert len(lw.History()) == 0


@pytest.mark.parametrize("validation", [None, (X, Y)])
def test_a_picture(tmp_path, validation):
    history = lw.train(NET, X, Y, epochs=5, validation=validation).history
    figure = history.plot(tmp_path / "curve.png", title="Five epochs")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG\r\n")
    (axes,) = figure.axes
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("Five epochs", "epoch", "cost")
    drawn = [line.get_xydata() for line in axes.get_lines()]
    np.testing.assert_array_equal(drawn[0], np.column_stack([np.arange(1, 6), history.cost]))
    if validation:
        best = int(np.argmin(history.validation_cost))
        np.testing.assert_array_equal(drawn[1][:, 1], history.validation_cost)
        np.testing.assert_array_equal(drawn[2], [[best + 1, history.validation_cost[best]]])
    assert len(drawn) == (3 if validation else 1)


def test_a_picture_of_nothing_and_without_a_file():
    assert lw.History().plot().axes


def test_a_picture_opens_no_window_and_leaves_pyplot_alone():
    lw.History([1.0, 0.5], [], [1.0, 1.0]).plot()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_without_matplotlib_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        MissingDependencyError, match=r"^Drawing a learning curve needs matplotlib: pip install 'layerwise\[plot\]'$"
    ):
        lw.History([1.0]).plot()
