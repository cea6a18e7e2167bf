"""Crews that are left in the middle, in processes of their own: these end in order, and say nothing of it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from layerwise.engines import ENGINES

BEGINNING = """
    import os, signal, threading
    from contract.runs import data, plan
    import layerwise as lw
    from layerwise.engines import Directive, Examples, Job, TrainingData, engine_named
    from layerwise.equations.optimizers import Adam

    X, Y = data()
    examples = TrainingData(Examples(X, Y))
    endless = plan(lw.Network((2, 4, 1), ("tanh", "sigmoid")), epochs=10**9, optimizer=Adam(1e-6))
    begun = threading.Event()

    def report(told):
        begun.set()
        return Directive()

    engine = engine_named(NAME)
"""


@pytest.fixture(params=ENGINES)
def answer_of(request):
    def run(script, says=""):
        code = textwrap.dedent(BEGINNING).replace("NAME", repr(request.param)) + textwrap.dedent(script)
        command = [sys.executable, "-W", "error", "-X", "dev", "-c", code]
        places = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        ended = subprocess.run(command, capture_output=True, text=True, env=places, check=False)
        assert ended.stderr.splitlines()[-1:] == ([says] if says else [])
        assert "ignored" not in ended.stderr  # "Exception ignored in"
        assert ended.returncode == (1 if says else 0)
        return ended.stdout

    return run


def test_an_error_beside_a_crew_comes_out(answer_of):
    script = """
        with engine.crew(2) as crew:
            for _ in range(5):
                crew.add(Job(endless, examples, report))
            begun.wait()
            raise LookupError("beside a crew")
    """
    answer_of(script, "LookupError: beside a crew")


def test_a_crew_that_nobody_has_left(answer_of):
    script = """
        crew = engine.crew(2)
        for _ in range(5):
            crew.add(Job(endless, examples, report))
        begun.wait()
        print("over")
    """
    assert answer_of(script) == "over\n"


def test_a_daemon_that_trains_many(answer_of):
    script = """
        def train():
            engine.train_many([endless] * 5, examples, [report] * 5, threads=2)

        threading.Thread(target=train, daemon=True).start()
        begun.wait()
        print("over")
    """
    assert answer_of(script) == "over\n"


def test_ctrl_c_of_train_many(answer_of):
    script = """
        def interrupt(told):
            if told.epoch == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return Directive()

        outcomes = engine.train_many([endless] * 5, examples, [interrupt] + [None] * 4, threads=1)
        print([outcome and outcome.stopped for outcome in outcomes], threading.active_count())
    """
    assert answer_of(script) == "['interrupted', None, None, None, None] 1\n"
