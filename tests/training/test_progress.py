"""The bar: seen in a terminal, silent elsewhere, gone when the run is over."""

import sys

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import MissingDependencyError

NET = lw.Network((1, 1), ("sigmoid",))
X, Y = np.array([[0.0, 1.0, 2.0]]), np.array([[0, 1, 1]])


def test_a_terminal_shows_epochs_and_costs(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    bar = lw.ProgressBar()
    for _ in range(2):
        result = lw.train(NET, X, Y, epochs=3, validation=(X, Y), callbacks=[bar])
        err = capsys.readouterr().err
        assert "3/3" in err
        assert f"cost {result.history.cost[-1]:.4f}  validation {result.history.validation_cost[-1]:.4f}" in err


@pytest.mark.parametrize(("width", "left"), [(45, False), (62, False), (95, True)])
def test_a_narrow_terminal_keeps_the_numbers(monkeypatch, capsys, width, left):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    result = lw.train(NET, X, Y, epochs=300, validation=(X, Y), callbacks=[lw.ProgressBar()])
    err = capsys.readouterr().err
    assert "300/300" in err
    assert f"cost {result.history.cost[-1]:.4f}  validation {result.history.validation_cost[-1]:.4f}" in err
    assert "…" not in err
    assert ("left" in err) is left


def test_a_file_gets_nothing(monkeypatch, capsys):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    lw.train(NET, X, Y, epochs=3, callbacks=[lw.ProgressBar()])
    assert capsys.readouterr().err == ""


def test_an_error_takes_the_bar_away(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    class Fails:
        def on_epoch_end(self, state):
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"), lw.ProgressBar() as bar:
        lw.train(NET, X, Y, epochs=3, callbacks=[bar, Fails()])
    assert bar._bar is None


def test_without_rich_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with pytest.raises(MissingDependencyError, match=r"The progress bar needs rich: pip install 'layerwise\[tables\]'"):
        lw.ProgressBar()
