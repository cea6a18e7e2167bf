"""The module itself, which only the engine calls: what would lead outside of an array is an error, never a crash."""

import gc
import subprocess
import sys
import textwrap

import numpy as np
import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

from layerwise.engines import _native as native

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20, 3)).astype(np.float32)
LABELS = RNG.integers(0, 2, (20, 2)).astype(np.float32)
VECTOR = np.zeros(26, np.float32)


def network(sizes=(3, 4, 2), activations=(2, 1), settings=(0.0, 0.0), loss=0, embeddings=()):
    return native.Network(list(sizes), list(activations), list(settings), loss, 0.0, list(embeddings))


def plan(**fields):
    made = native.Plan()
    made.network, made.epochs, made.threads, made.batch_size = network(), 2, 2, 6
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def monitoring(monitor, **fields):
    made = plan(**fields)
    made.set_early_stopping(1, 0.0, False, monitor=monitor, greater_is_better=True)
    return made


def run(plan, X=ROWS, Y=LABELS, w=None, validation=None, **start):
    at = {
        "seed": 0,
        "epochs": 0,
        "step": 0,
        "t": 0,
        "summed_cost": 0.0,
        "learning_rate": 0.1,
        "base_learning_rate": 0.1,
    }
    best = {"best": (-1, np.inf, np.inf, 0), "best_parameters": None}
    return native.Run32(plan, (X, Y, w), validation, **{**at, **best, "parameters": VECTOR, "averages": [], **start})


def with_embeddings(level=6.0, ordered=1.5, columns=3, numbers=60):
    """A run with a number, levels 0 to 6 and ordered positions: 1 + 2 + 3 rows of A[0]."""
    net = network((6, 4, 2), embeddings=[(7, 2, False), (5, 3, True)])
    X = np.ones((20, columns), np.float32)
    X[11, -2:] = level, ordered
    vector = np.zeros(38 + 14 + 12 if numbers == 60 else numbers, np.float32)
    validation = (X, LABELS, None)
    return run(plan(network=net), X, validation=validation, parameters=vector)


def predict(vector=VECTOR, X=ROWS.T, Y_hat=None):
    """Return whether the module took the arrays."""
    Y_hat = np.empty((X.shape[1], 2), np.float32) if Y_hat is None else Y_hat
    return native.predict(network(), vector, X, Y_hat, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: network(sizes=(3, 0, 2)),
        lambda: network(sizes=(3, -4, 2)),
        lambda: network(sizes=(3, 2**62, 2)),
        lambda: network(sizes=(3, 2**70, 2)),
        lambda: network(sizes=(3, 2)),
        lambda: run(plan(network=network(sizes=(2**39, 2**39, 2)))),
        lambda: network(activations=(12, 1)),
        lambda: network(activations=(2, 13)),
        lambda: network(activations=(2, -1)),
        lambda: network(settings=(0.0,)),
        lambda: network(loss=7),
        lambda: network(embeddings=[(0, 1, False)]),
        lambda: network(embeddings=[(1, 1, True)]),
        lambda: network(embeddings=[(2, -1, False)]),
        lambda: network(embeddings=[(2**31, 1, False)]),
        lambda: network(embeddings=[(2**31 - 1, 2**31 - 1, False)]),
        lambda: network(embeddings=[(2, 2, False), (3, None, True)]),
        lambda: network(embeddings=[(2, 2, False), (3, 2, True)]),
        lambda: with_embeddings(level=7),
        lambda: with_embeddings(level=-2),
        lambda: with_embeddings(level=0.5),
        lambda: with_embeddings(level=np.nan),
        lambda: with_embeddings(level=np.inf),
        lambda: with_embeddings(level=2e9),
        lambda: with_embeddings(ordered=np.nan),
        lambda: with_embeddings(ordered=-np.inf),
        lambda: with_embeddings(columns=2),
        lambda: with_embeddings(numbers=61),
        lambda: run(native.Plan()),
        lambda: run(plan(rule=6)),
        lambda: run(plan(rule=-1)),
        lambda: run(plan(metrics=[4])),
        lambda: run(plan(signs=np.zeros(25, np.int8))),
        lambda: run(plan(signs=np.zeros((1, 26), np.int8))),
        lambda: run(monitoring(0)),
        lambda: run(monitoring(2, metrics=[3, 1])),
        lambda: run(monitoring(-2)),
        lambda: run(plan(epochs=0)),
        lambda: run(plan(batch_size=-1)),
        lambda: run(plan(threads=-1)),
        lambda: run(plan(dropout=[0.1, 0.1])),
        lambda: run(plan(isa="avx9")).go(None, None),
        lambda: run(plan(), X=ROWS[:0], Y=LABELS[:0]),
        lambda: run(plan(), X=ROWS[:5]),
        lambda: run(plan(), X=np.ones((20, 4), np.float32)),
        lambda: run(plan(), X=ROWS[0]),
        lambda: run(plan(), X=ROWS.astype(complex)),
        lambda: run(plan(), X=ROWS.astype(object)),
        lambda: run(plan(), X=None),
        lambda: run(plan(), Y=np.ones((20, 3), np.float32)),
        lambda: run(plan(), w=np.ones(19, np.float32)),
        lambda: run(plan(), w=np.ones((1, 20), np.float32)),
        lambda: run(plan(), validation=(ROWS[:, :2], LABELS, None)),
        lambda: run(plan(), validation=(ROWS[:0], LABELS[:0], None)),
        lambda: run(plan(), parameters=np.zeros(25, np.float32)),
        lambda: run(plan(rule=1), averages=[np.zeros(25, np.float32)]),
        lambda: run(plan(), best_parameters=np.zeros(25, np.float32)),
        lambda: run(plan(), averaged=np.zeros(25, np.float32)),
        lambda: run(plan(), best=(0, 1.0)),
        lambda: run(plan()).go(3, None),
        lambda: run(plan()).go(None, 3),
        lambda: run(plan()).go(None, None, dropout=3),
        lambda: run(plan()).go(None, None, decay=3),
        lambda: run(plan(metrics=[3]), validation=(ROWS, LABELS, None)).go(None, None, metrics=3),
        lambda: run(plan(metrics=[3]), validation=(ROWS, LABELS, None)).go(None, None, metrics=lambda rows: []),
        lambda: native.Objective32(plan(), (ROWS, LABELS, None))(np.zeros(25, np.float32)),
        lambda: native.Objective32(native.Plan(), (ROWS, LABELS, None)),
        lambda: predict(vector=VECTOR.astype(float)),
        lambda: predict(X=ROWS.T.astype(float)),
        lambda: predict(Y_hat=np.empty((2, 20), np.float32).T),
        lambda: predict(Y_hat=np.frombuffer(bytes(160), np.float32).reshape(20, 2)),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises((TypeError, ValueError)):
        call()


def test_a_run_that_was_not_made_is_refused():
    with pytest.warns(RuntimeWarning, match="uninitialized"), pytest.raises(TypeError):
        native.Run32.__new__(native.Run32).go(None, None)


def test_predictions_are_not_made_of_what_does_not_fit():
    assert predict()
    assert not predict(vector=VECTOR[1:])
    assert not predict(X=ROWS.T[1:])
    assert not predict(Y_hat=np.empty((19, 2), np.float32))
    assert not predict(Y_hat=np.empty((20, 3), np.float32))
    assert not predict(X=np.full((3, 20), np.nan, np.float32))


@pytest.mark.parametrize(
    "start",
    [
        "averages=[np.zeros(26, np.float32)]",
        "plan(rule=4), averages=3 * [np.zeros(26, np.float32)]",
        "plan(rule=4), averages=[np.zeros(26, np.float32)], t=1",
        "step=-1000000",
        "step=1000000",
        "epochs=-1",
        "t=-1",
    ],
)
def test_a_start_that_there_cannot_be_is_refused(start):
    # in a process of its own, which a crash ends
    script = f"""
        import numpy as np
        from test_module import plan, run
        try:
            run({start if start.startswith("plan") else "plan(), " + start}).go(None, None)
        except (TypeError, ValueError):
            print("refused")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    answer = subprocess.run(
        command, cwd=__file__.rsplit("/", 1)[0], capture_output=True, text=True, timeout=20, check=False
    )
    assert (answer.stdout, answer.stderr, answer.returncode) == ("refused\n", "", 0)


def test_arrays_live_as_long_as_the_run():
    def bits(held):
        X, Y, w, X_v, Y_v = (array.copy() for array in (ROWS, LABELS, np.ones(20, np.float32), ROWS, LABELS))
        training = run(plan(), X, Y, w, validation=(X_v, Y_v, w), parameters=VECTOR + 1)
        kept = [X, Y, w, X_v, Y_v] if held else []
        del X, Y, w, X_v, Y_v
        gc.collect()
        others = [np.full(60, np.nan, np.float32) for _ in range(1000)]
        assert training.go(None, None) == "epochs"
        return training.parameters().tobytes(), len(kept) + len(others)

    assert bits(held=True)[0] == bits(held=False)[0]


def test_what_a_run_gives_back_lives_longer_than_it():
    training = run(plan(rule=4), parameters=VECTOR + 1)
    training.go(None, None)
    vector, (*_, averages, _, _) = training.parameters(), training.progress()
    before = vector.copy(), [average.copy() for average in averages]
    del training
    gc.collect()
    others = [np.full(26, np.nan, np.float32) for _ in range(1000)]
    np.testing.assert_array_equal(vector, before[0])
    np.testing.assert_array_equal(averages, before[1])
    assert len(others) == 1000


def test_a_callback_that_gives_back_something_else():
    for answer in (None, 3, (True,), ("a", "b")):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            run(plan()).go(None, lambda *told, answer=answer: answer)
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            run(plan()).go(lambda *told: "1", None)
    assert run(plan()).go(None, lambda *told: (False, 0.0)) == "epochs"


def test_a_run_that_is_over_stays_so():
    training = run(plan())
    assert [training.go(None, None), training.go(None, None)] == ["epochs", "epochs"]
    cost, *_ = training.history()
    assert len(cost) == 2


def test_positions_that_an_embedding_has_are_taken():
    for level, ordered in ((-1.0, -3.0), (0.0, 0.0), (6.0, 4.0), (3.0, 1e30)):
        made = with_embeddings(level=level, ordered=ordered)
        assert made.go(None, None) == "epochs"
        assert np.isfinite(made.parameters()).all()
