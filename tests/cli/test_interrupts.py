"""Ctrl-C, once and twice, before the training, in it and after it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import layerwise as lw
from layerwise.cli.interrupts import Interrupts


def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_heard_and_the_second_is_not():
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()
        ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_none_is_heard_after_the_training():
    with Interrupts() as interrupts:
        interrupts.on_train_end(None)
        ctrl_c()


def test_one_that_got_lost_is_raised_at_the_end_of_the_epoch():
    with Interrupts() as interrupts:
        interrupts.on_epoch_end(None)
        with contextlib.suppress(KeyboardInterrupt):  # as Python does in a destructor
            ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_epoch_end(None)


def test_who_ignores_it_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts():
            ctrl_c()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("command", "line"), [("train", "interrupted; no model was written"), ("demo", None)])
def test_before_there_is_a_model_it_says_so(layerwise, people, monkeypatch, command, line):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("layerwise.cli.training.read_table", interrupt)
    code, _, err = layerwise(command, *([people, "--target", "buys"] if command == "train" else []))
    assert code == 130
    assert err == "layerwise: interrupted; no model was written\n"
    assert not list(Path().glob("*.safetensors"))


def test_a_second_one_while_the_model_is_written_costs_nothing(layerwise, people, monkeypatch):
    """The first comes in the training; more come in the metrics, in the saving and in the showing."""
    from layerwise.cli import training
    from layerwise.estimators import TableModel

    def also(before, function):
        return lambda *arguments, **options: (before(), function(*arguments, **options))[1]

    monkeypatch.setattr(training.ProgressBar, "on_epoch_end", lambda self, state: ctrl_c())
    monkeypatch.setattr(TableModel, "evaluate", also(ctrl_c, TableModel.evaluate))
    monkeypatch.setattr(training, "save", also(ctrl_c, training.save))
    monkeypatch.setattr(training, "show", also(ctrl_c, training.show))
    code, out, _ = layerwise("train", people, "--target", "buys", "--plot", "p.png")
    assert code == 130
    assert "interrupted after" in out
    assert Path("p.png").is_file()
    assert lw.load("people.safetensors").result.stopped == "interrupted"


def test_other_commands_say_that_they_were_interrupted(layerwise, people, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("layerwise.cli.predicting.load_table_model", interrupt)
    assert layerwise("predict", "m", people) == (130, "", "layerwise: interrupted\n")


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_learnt(layerwise, people):
    command = [sys.executable, "-c", "from layerwise.cli import main; main()", "train", str(people)]
    options = ["--target", "buys", "--epochs", "100000000", "--patience", "0"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted after" in out
    assert len(lw.load("people.safetensors").result.history) > 1
