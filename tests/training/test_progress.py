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


class State:
    """What networks that are trained side by side report."""

    members, epochs = 3, 10

    def __init__(self, member, epoch, cost, validation_cost=None):
        self.member, self.epoch, self.cost, self.validation_cost = member, epoch, cost, validation_cost


def test_networks_side_by_side_share_a_bar(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with lw.ProgressBar("fold 2 of 5") as bar:
        bar.on_epoch_end(State(0, 3, 0.5, 0.7))
        bar.on_epoch_end(State(2, 1, 0.3, 0.5))
        assert bar._bar.tasks[0].total == 30
        assert bar._bar.tasks[0].completed == 6
        bar.on_member_end(0, None)  # early
        assert bar._bar.tasks[0].completed == 12
        bar._bar.refresh()
        for member in (1, 2):
            bar.on_epoch_end(State(member, 5, 0.1))
            bar.on_member_end(member, None)
        assert bar._bar is None
    err = capsys.readouterr().err
    assert "fold 2 of 5, epoch of 3 networks" in err
    assert "12/30" in err
    assert "cost 0.4000  validation 0.6000" in err


def test_an_ensemble_shows_nothing_in_a_file(monkeypatch, capsys):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with lw.ProgressBar() as bar:
        bar.on_epoch_end(State(0, 3, 0.5))
        bar.on_member_end(0, None)
    assert capsys.readouterr().err == ""


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
