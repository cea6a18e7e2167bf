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
from layerwise.storage import read_model_file


class State:
    """The end of an epoch of one of some networks."""

    member = 0

    def __init__(self, members):
        self.members = members


def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def in_the_fourth_epoch(bar, state):
    if state.epoch == 3:
        ctrl_c()


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
    assert interrupts.missed
    assert not interrupts.heard


def test_the_training_has_ended_with_its_last_network():
    with Interrupts() as interrupts:
        interrupts.on_epoch_end(State(2))
        interrupts.on_member_end(1, None)
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()
    with Interrupts() as interrupts:
        interrupts.on_epoch_end(State(2))
        for k in range(2):
            interrupts.on_member_end(k, None)
        ctrl_c()


def test_one_that_got_lost_is_raised_at_the_end_of_the_epoch():
    with Interrupts() as interrupts:
        interrupts.on_epoch_end(State(1))
        with contextlib.suppress(KeyboardInterrupt):  # as Python does in a destructor
            ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_epoch_end(State(1))


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

    monkeypatch.setattr("layerwise.cli.fitting.read_table", interrupt)
    code, _, err = layerwise(command, *([people, "--target", "buys"] if command == "train" else []))
    assert code == 130
    assert err == "layerwise: interrupted; no model was written\n"
    assert not list(Path().glob("*.safetensors"))


@pytest.mark.parametrize("networks", [(), ("--networks", 1)])
def test_a_second_one_while_the_model_is_written_costs_nothing(layerwise, people, monkeypatch, networks):
    """The first comes in the training; more come in the metrics, in the saving and in the showing."""
    from layerwise.cli import training
    from layerwise.estimators.tabular import measuring

    def also(before, function):
        return lambda *arguments, **options: (before(), function(*arguments, **options))[1]

    monkeypatch.setattr(training.ProgressBar, "on_epoch_end", in_the_fourth_epoch)
    monkeypatch.setattr(measuring, "evaluated", also(ctrl_c, measuring.evaluated))
    monkeypatch.setattr(training, "save", also(ctrl_c, training.save))
    monkeypatch.setattr(training, "show", also(ctrl_c, training.show))
    code, out, _ = layerwise("train", people, "--target", "buys", "--plot", "p.png", *networks)
    assert code == 130
    assert "interrupted" in out
    assert Path("p.png").is_file()
    assert "interrupted" in {member.stopped for member in lw.load("people.safetensors").members}


def test_other_commands_say_that_they_were_interrupted(layerwise, people, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("layerwise.cli.predicting.load_table_model", interrupt)
    assert layerwise("predict", "m", people) == (130, "", "layerwise: interrupted\n")


def test_the_same_command_goes_on_from_a_checkpoint(layerwise, people, monkeypatch):
    from layerwise.cli import training

    command = ("train", people, "--target", "buys", "--networks", 2)
    assert layerwise(*command, "-o", "whole")[0] == 0
    kept = ("--checkpoint", "c", "--checkpoint-every", 1)
    with monkeypatch.context() as patch:
        patch.setattr(training.ProgressBar, "on_epoch_end", in_the_fourth_epoch)
        assert layerwise(*command, *kept, "-o", "part")[0] == 130
    assert "fit checkpoint" in layerwise("inspect", "c")[1]
    code, _, err = layerwise("predict", "c", people)
    assert code == 2
    assert "c: holds a fit checkpoint, from which a training goes on" in err
    code, _, err = layerwise(*command, *kept, "--epochs", 7)
    assert code == 2
    assert "other data or settings. Remove it, or give --checkpoint another file." in err
    assert layerwise(*command, *kept, "-o", "both")[0] == 0
    assert not Path("c").exists()
    assert read_model_file("both").digest == read_model_file("whole").digest


def test_cross_validation_is_over(layerwise, people, monkeypatch):
    from layerwise.cli import crossvalidating

    monkeypatch.setattr(crossvalidating.ProgressBar, "on_epoch_end", in_the_fourth_epoch)
    code, out, err = layerwise("cv", people, "--target", "buys", "--output", "p.csv")
    assert (code, err) == (130, "layerwise: interrupted\n")
    assert "mean" not in out
    assert not Path("p.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize("networks", ["1", "3"])
def test_ctrl_c_keeps_what_was_learnt(layerwise, people, networks):
    command = [sys.executable, "-c", "from layerwise.cli import main; main()", "train", str(people)]
    options = ["--target", "buys", "--epochs", "1000000", "--patience", "1000000", "--networks", networks]
    options += ["--checkpoint", "begun", "--checkpoint-every", "1"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not Path("begun").exists() and process.poll() is None:
        time.sleep(0.05)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in out
    assert all(len(member.history) > 0 for member in lw.load("people.safetensors").members)
