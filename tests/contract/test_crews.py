"""Crews carry out many runs side by side: in which order, what they hand back, and what a Ctrl-C leaves of them."""

import dataclasses
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
from contract.runs import SPREAD, alone, bits, data, plan
from interrupts import interrupted_in_line
from layerwise.engines import Directive, Examples, Job, TrainingData, crews, default_threads
from layerwise.equations.metrics import METRICS
from layerwise.equations.optimizers import LBFGS, Adam

X, Y = data(41, 5)
TRAIN, TEST = (np.arange(41, dtype=np.uint32)[part] for part in (slice(0, 25), slice(25, 41)))
NET = lw.Network((5, 6, 1), ("tanh", "sigmoid"))
WHOLE = TrainingData(Examples(X, Y))
HELD_OUT = TrainingData(Examples(X, Y, subset=TRAIN), Examples(X, Y, subset=TEST))
BOTH = (METRICS["accuracy"], SPREAD)
ENDLESS = plan(NET, epochs=10**9, optimizer=Adam(1e-6))
CREWS = {str(Path(crews.__file__).with_name(name)) for name in ("crews.py", "native_crew.py")}


def job(plan, report=None, data=WHOLE):
    return Job(plan, data, report)


class TestCrew:
    def test_knows_how_many_threads_it_has(self, engine):
        with engine.crew(3) as crew:
            assert crew.threads == 3
        with engine.crew() as crew:
            assert crew.threads == default_threads()

    def test_without_jobs_has_nothing_to_wait_for(self, engine):
        with engine.crew(2) as crew:
            assert crew.ended() is None
            assert crew.ended(waits=False) is None
            assert crew.stop() == []
            assert crew.ended() is None

    def test_takes_jobs_after_all_were_over(self, engine):
        with engine.crew(2) as crew:
            for number in range(3):
                assert crew.add(job(plan(NET))) == number
                assert crew.ended().number == number
                assert crew.ended() is None

    def test_left_in_the_middle_leaves_nothing(self, engine):
        before = threading.active_count()
        with engine.crew(2) as crew:
            for _ in range(5):
                crew.add(job(ENDLESS))
        assert threading.active_count() == before

    def test_between_any_two_lines_a_ctrl_c_leaves_a_crew_that_comes_to_its_end(self, engine):
        plans = [
            plan(NET),
            plan(NET, metrics=BOTH),
            plan(NET, optimizer=LBFGS(), batch_size=None),
        ]
        whole = [bits(alone(engine, each, HELD_OUT)) for each in plans]
        number, reached, kept = 0, True, 0
        while reached:
            number += 1
            outcomes, reached = interrupted_in_line(
                number, lambda: engine.train_many(plans, HELD_OUT, threads=1), CREWS, ("__exit__", "__init__")
            )
            for found, expected in zip(outcomes or [], whole, strict=bool(outcomes)):
                if found is not None and found.stopped != "interrupted":
                    assert bits(found) == expected
                    kept += 1
        assert kept > 3

    def test_begins_with_the_longest(self, engine):
        # the first job holds the only thread until all of the others wait
        epochs, order, has_begun, all_wait = [1, 50, 3, 40, 2], [], threading.Event(), threading.Event()

        def report(told):
            has_begun.set()
            all_wait.wait()
            return Directive()

        with engine.crew(1) as crew:
            assert crew.add(job(plan(NET, epochs=1), report)) == 0
            has_begun.wait()
            assert [crew.add(job(plan(NET, epochs=count))) for count in epochs] == [1, 2, 3, 4, 5]
            all_wait.set()
            while (ended := crew.ended()) is not None:
                order.append(ended.number)
        assert order == [0, 2, 4, 3, 5, 1]

    def test_tells_with_a_run_what_it_raised(self, engine):
        def report(told):
            raise LookupError

        with engine.crew(2) as crew:
            numbers = crew.add(job(plan(NET), report)), crew.add(job(plan(NET)))
            ended = {each.number: each for each in (crew.ended(), crew.ended())}
            assert crew.ended() is None
        assert isinstance(ended[numbers[0]].error, LookupError)
        assert ended[numbers[0]].outcome is None
        assert ended[numbers[1]].error is None
        assert bits(ended[numbers[1]].outcome) == bits(alone(engine, plan(NET), WHOLE))
        assert all(each.seconds > 0 for each in ended.values())


def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class TestCtrlC:
    @pytest.mark.parametrize("data", [WHOLE, HELD_OUT], ids=["alone", "with validation"])
    def test_is_raised_where_a_crew_is_waited_for_whose_runs_go_on_until_stop(self, engine, data):
        has_begun, handed_over = threading.Event(), threading.Event()

        def report(epoch):
            has_begun.set()
            if epoch.epoch == 1:
                handed_over.wait()
                ctrl_c()
            return Directive()

        with engine.crew(1) as crew:
            numbers = [crew.add(job(each, told, data)) for each, told in ((ENDLESS, report), (plan(NET), None))]
            has_begun.wait()
            assert crew.ended(waits=False) is None
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - which may come before the one line or in the other
                handed_over.set()
                crew.ended()
            assert crew.stop() == numbers[1:]
            interrupted = crew.ended()
            assert crew.ended() is None
        assert interrupted.number == numbers[0]
        assert interrupted.outcome.stopped == "interrupted"
        assert len(interrupted.outcome.cost) >= 2

    def test_of_train_many_gives_all_that_there_is(self, engine):
        # the heaviest, which never ends, is under way on the only thread when the signal comes
        def report(epoch):
            if epoch.epoch == 2:
                ctrl_c()
            return Directive()

        before = threading.active_count()
        finished = []
        outcomes = engine.train_many(
            [plan(NET), ENDLESS, plan(NET, seed=6)],
            WHOLE,
            [None, report, None],
            threads=1,
            finished=lambda k, outcome: finished.append((k, outcome.stopped)),
        )
        assert [outcome and outcome.stopped for outcome in outcomes] == [None, "interrupted", None]
        assert finished == [(1, "interrupted")]
        assert threading.active_count() == before
        part = outcomes[1]
        done = part.progress.epochs
        assert done >= 3
        assert part.cost == alone(engine, dataclasses.replace(ENDLESS, epochs=done), WHOLE).cost

    def test_keeps_the_runs_that_were_over(self, engine):
        # two threads: the endless run gives the signal once the quick one was handed over
        handed_over, finished = threading.Event(), []

        def report(epoch):
            if epoch.epoch == 0:
                handed_over.wait()
                ctrl_c()
            return Directive()

        def note(k, outcome):
            finished.append(k)
            handed_over.set()

        outcomes = engine.train_many([ENDLESS, plan(NET)], WHOLE, [report, None], threads=2, finished=note)
        assert [outcome.stopped for outcome in outcomes] == ["interrupted", "epochs"]
        assert bits(outcomes[1]) == bits(alone(engine, plan(NET), WHOLE))
        assert finished == [1, 0]
