"""What happens around a native run: callbacks, schedules, threads and signals."""

import contextlib
import gc
import signal
import statistics
import threading
import time
import weakref

import numpy as np
import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

from configurations import CONFIGURATIONS, digest, train

import layerwise as lw
from layerwise.errors import ParameterError

OF = CONFIGURATIONS["everything"]


class Callback:
    def __init__(self, call):
        self.call = call

    def on_epoch_end(self, state):
        self.call(state)


class Schedule:
    def __init__(self, call):
        self.call = call

    def factor(self, epoch, epochs):
        return self.call(epoch)


def throw(error):
    raise error


class OwnError(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, OwnError, SystemExit, StopIteration, GeneratorExit, MemoryError])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", ["callback", "schedule"])
def test_what_a_callback_raises_comes_out_as_it_is(kind, threads, error):
    raised, before = error("stop"), digest(train(OF))
    own = {"callback": {"callbacks": [Callback(lambda state: throw(raised))]},
           "schedule": {"schedule": Schedule(lambda epoch: throw(raised) if epoch >= 1 else 1.0)}}[kind]  # fmt: skip
    with pytest.raises(error) as caught:
        train(OF, threads=threads, **own)
    assert caught.value is raised
    assert digest(train(OF)) == before


@pytest.mark.parametrize("factor", [np.nan, np.inf, -1.0])
def test_a_factor_that_there_cannot_be_is_refused(factor):
    with pytest.raises(ParameterError, match=r"factor must be a number in the range \[0, inf\)"):
        train(OF, schedule=Schedule(lambda epoch: factor))


@pytest.mark.parametrize("factor", [None, "1", [1.0]])
def test_a_factor_that_is_no_number_is_refused(factor):
    with pytest.raises(TypeError):
        train(OF, schedule=Schedule(lambda epoch: factor))


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_nothing_of_a_run_that_a_callback_ended_is_left(kind):
    callback = Callback(lambda state: throw(kind()))
    with contextlib.suppress(ValueError):
        train(OF, threads=2, callbacks=[callback])
    left = weakref.ref(callback)
    del callback
    gc.collect()
    assert left() is None


def test_a_run_within_a_run():
    inner, alone = [], digest(train(OF))
    assert digest(train(OF, threads=3, callbacks=[Callback(lambda state: inner.append(digest(train(OF))))])) == alone
    assert set(inner) == {alone}


def test_python_goes_on_beside_a_run():
    net, X = lw.Network((50, 80, 1), ("tanh", "sigmoid")), np.random.default_rng(0).normal(size=(50, 4000))
    moments, over = [], threading.Event()

    def tick():
        while not over.is_set():
            moments.append(time.perf_counter())
            time.sleep(0.001)

    other = threading.Thread(target=tick)
    other.start()
    started = time.perf_counter()
    lw.train(net, X, X[:1] > 0, epochs=60, batch_size=100, engine="native")
    ended = time.perf_counter()
    over.set()
    other.join()
    assert sum(started < moment < ended for moment in moments) > (ended - started) / 0.02


needs_a_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer")
ENDLESS = {
    "one thread": ((2, 4, 1), {"batch_size": 1, "threads": 1}),
    "small steps of many threads": ((40, 7, 37, 1), {"batch_size": 32, "threads": 9}),
    "one weight": ((1, 1), {"batch_size": 1, "threads": 4}),
    "large steps": ((300, 300, 1), {}),
    "held out": ((3, 1), {"batch_size": 1000}),
    "lbfgs": ((300, 300, 1), {"optimizer": "lbfgs", "learning_rate": None}),
}


def endless(name):
    sizes, options = ENDLESS[name]
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(sizes[0], 3000)), rng.normal(size=(1, 3000))
    net = lw.Network(sizes, ("tanh",) * (len(sizes) - 2) + ("identity",))
    options = {"learning_rate": 1e-6, **options}
    if name == "held out":
        options["validation"] = rng.normal(size=(3, 200_000)), rng.normal(size=(1, 200_000))
    return lw.train(net, X, Y, epochs=10**9, engine="native", **options)


@pytest.fixture
def alarm():
    """Calls that let a signal's handler do something after some seconds, and then every so many."""
    before = signal.getsignal(signal.SIGALRM)

    def start(call, seconds, interval=0.0):
        signal.signal(signal.SIGALRM, lambda number, frame: call())
        signal.setitimer(signal.ITIMER_REAL, seconds, interval)
        return time.perf_counter() + seconds

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def interrupt():
    raise KeyboardInterrupt


@needs_a_timer
@pytest.mark.parametrize("name", ENDLESS)
def test_an_interrupt_is_answered_at_once(name, alarm):
    waited, seconds = [], 0.15
    while len(waited) < 3:
        rung = alarm(interrupt, seconds)
        try:
            assert endless(name).stopped == "interrupted"
            waited.append(time.perf_counter() - rung)
        except KeyboardInterrupt:  # the run had not begun
            seconds *= 2
    assert statistics.median(waited) < 1


@needs_a_timer
def test_what_a_handler_raises_comes_out(alarm):
    alarm(lambda: throw(OwnError("alarm")), 0.1)
    with pytest.raises(OwnError, match="alarm"):
        endless("one thread")


@needs_a_timer
@pytest.mark.parametrize("run", [lambda call: call(), lambda call: in_a_thread(call)], ids=["here", "in a thread"])
def test_a_handler_that_raises_nothing_disturbs_nothing(run, alarm):
    calls, of = [], CONFIGURATIONS["wide"]
    alarm(lambda: calls.append(1), 0.005, 0.005)
    assert run(lambda: digest(train(of, threads=2, epochs=40))) == digest(train(of, epochs=40))
    assert calls


def in_a_thread(call):
    answers = []
    other = threading.Thread(target=lambda: answers.append(call()))
    other.start()
    while other.is_alive():
        other.join(0.01)
    return answers[0]


@needs_a_timer
def test_an_interrupt_just_before_the_end_does_not_lose_the_result(alarm):
    of, lost, over = CONFIGURATIONS["wide"], 0, []
    started = time.perf_counter()
    train(of, epochs=10, threads=1)
    lasted = time.perf_counter() - started
    for share in np.linspace(0.5, 0.9, 20):
        over.clear()
        try:
            alarm(lambda: over or interrupt(), share * lasted)
            train(of, epochs=10, threads=1)
            over.append(True)
        except KeyboardInterrupt:
            lost += 1
    assert lost <= 10  # which came before the run or after it, more of them on a busy machine; else all are lost
