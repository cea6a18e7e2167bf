"""``train(..., resume=result)``: what it takes over, what may be different, and what it refuses."""

import copy
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.optimizers import LBFGS, Adam
from layerwise.errors import DivergenceWarning, ParameterError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))
OTHER = lw.Network((2, 4, 1), ("relu", "sigmoid"))
NONE_KEPT = (
    r"^The 'resume' parameter of train must be a result with its progress, which a run that diverged does not have and "
    r"a model file does not keep\. Got one without: start a run of its own from initial=result\.parameters\.$"
)
PLAIN = lw.train(NET, X, Y, epochs=3)
LOOKING = lw.train(NET, X, Y, epochs=3, validation=(X, Y))


class Interrupt:
    """A schedule that raises after one and a half epochs, or so many, on an engine that asks before each step."""

    def __init__(self, after=1.5):
        self.after = after

    def factor(self, epoch, epochs):
        if epoch >= self.after:
            raise KeyboardInterrupt
        return 1.0


def interrupted(**options):
    return lw.train(NET, X, Y, epochs=9, batch_size=6, schedule=Interrupt(), engine="numpy", **options)


def diverge(*arguments, **options):
    with pytest.warns(DivergenceWarning):
        return lw.train(*arguments, **options)


class TestGoingOn:
    def test_the_history_and_the_epochs_of_callbacks_count_all_epochs(self):
        seen = []
        callback = type("Look", (), {"on_epoch_end": lambda self, s: seen.append((s.epoch, s.epochs))})()
        result = lw.train(NET, X, Y, epochs=5, validation=(X, Y), resume=LOOKING, callbacks=[callback])
        assert seen == [(3, 5), (4, 5)]
        assert len(result.history) == len(result.history.metrics["accuracy"]) == 5
        assert result.history.cost[:3] == LOOKING.history.cost
        assert len(LOOKING.history) == 3
        assert result.best_epoch == int(np.argmin(result.history.validation_cost))

    def test_the_rate_that_a_callback_has_set_stays_in_force_and_another_one_replaces_it(self):
        halve = type("Halve", (), {"on_epoch_end": lambda self, s: setattr(s, "learning_rate", s.learning_rate / 2)})()
        part = lw.train(NET, X, Y, epochs=2, learning_rate=0.8, callbacks=[halve])
        assert part.progress.base_learning_rate == 0.2
        for asked, rate in ((0.8, 0.2), (0.5, 0.5)):
            result = lw.train(NET, X, Y, epochs=3, learning_rate=asked, resume=part)
            assert result.history.learning_rate == [0.8, 0.4, rate]
            assert result.progress.optimizer.learning_rate == asked

    def test_a_run_that_diverged_has_none(self):
        net, X, Y = lw.Network((1, 1), ("sigmoid",)), [[100.0, 200.0]], [[0, 0]]
        part = diverge(net, X, Y, learning_rate=1e38, epochs=9, initial=lw.initialize(net, method="zeros"))
        assert (part.divergence.tensor, part.progress) == ("W[1]", None)
        with pytest.raises(ParameterError, match=NONE_KEPT):
            lw.train(net, X, Y, learning_rate=0.1, epochs=9, resume=part)

    @pytest.mark.parametrize("stopped", ["converged", "stalled"])
    def test_a_run_that_has_arrived_has_arrived(self, stopped):
        loss = {"converged": "squared_error", "stalled": "absolute_error"}[stopped]
        net, X, Y = lw.Network((1, 1), ("identity",), loss), [[1.0, 2.0, 3.0]], [[1.0, 2.0, 4.0]]
        options = {"optimizer": "lbfgs", "dtype": "float64"}  # near the optimum, float32 rounds the last steps away
        part = lw.train(net, X, Y, epochs=200, **options)
        again = lw.train(net, X, Y, epochs=300, resume=part, **options)
        assert (part.stopped, again.stopped, again.history) == (stopped, stopped, part.history)
        assert again.parameters.vector.tobytes() == part.parameters.vector.tobytes()

    def test_unless_a_smaller_tolerance_is_asked_for(self):
        part = lw.train(NET, X, Y, optimizer=LBFGS(tolerance=1e-2), l2=1.0, epochs=500, dtype="float64")
        options = {"l2": 1.0, "epochs": 500, "dtype": "float64", "resume": part}
        result = lw.train(NET, X, Y, optimizer=LBFGS(tolerance=1e-6), **options)
        assert part.stopped == result.stopped == "converged"
        assert len(result.history) > len(part.history)
        assert np.abs(result.progress.state.point.g).max() <= 1e-6

    def test_other_settings_may_change(self):
        result = lw.train(NET, X, Y, epochs=5, resume=PLAIN, batch_size=5, seed=9, l2=0.1, dropout=0.2, clip_norm=1)
        assert len(result.history) == 5


class TestResults:
    def test_a_result_is_compared_and_shown_without_its_progress(self):
        assert replace(PLAIN, progress=None) == PLAIN
        assert "progress" not in repr(PLAIN)

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))])
    @pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
    def test_a_duplicate_can_be_resumed(self, duplicate, optimizer):
        part = lw.train(NET, X, Y, epochs=3, optimizer=optimizer)
        one, other = (
            lw.train(NET, X, Y, epochs=6, optimizer=optimizer, resume=resume) for resume in (part, duplicate(part))
        )
        assert one.parameters.vector.tobytes() == other.parameters.vector.tobytes()
        assert one.history == other.history

    def test_a_loaded_one_cannot(self, tmp_path):
        lw.save(PLAIN, tmp_path / "m")
        loaded = lw.load(tmp_path / "m")
        assert loaded.progress is None
        with pytest.raises(ParameterError, match=NONE_KEPT):
            lw.train(NET, X, Y, epochs=9, resume=loaded)


WITHOUT = replace(PLAIN, progress=None)
LOOKED_AT = {"resume": LOOKING, "validation": (X, Y)}
REFUSED = [
    (
        NET,
        {"resume": "m"},
        "'resume' parameter of train must be a TrainingResult, such as train returns. Got str instead.",
    ),
    (NET, {"resume": []}, "must be a TrainingResult, such as train returns. Got list instead."),
    (NET, {"resume": WITHOUT}, "Got one without: start a run of its own from initial=result.parameters."),
    (OTHER, {}, f"'resume' parameter of train must be a run of the same network, {OTHER}. Got one of {NET}."),
    (NET, {"initial": PLAIN.parameters}, "'initial' parameter of train must be None with resume, which goes on from"),
    (
        NET,
        {"dtype": "float64"},
        "'dtype' parameter of train must be that of the run to resume, 'float32'. Got 'float64'",
    ),
    (
        NET,
        {"epochs": 3},
        "'epochs' parameter of train must be above the 3 epochs that the run to resume has finished, be",
    ),
    (NET, {"epochs": 2}, "because it counts them too. Got 2: for 10 more, write epochs=13."),
    (
        NET,
        {"optimizer": "adam"},
        "'optimizer' parameter of train must be of the kind that the run to resume has, Gradien",
    ),
    (NET, {"optimizer": "lbfgs"}, "Got LBFGS: to change it, start a run of its own from initial=result.parameters."),
    (
        NET,
        {"validation": (X, Y)},
        "must be None, as the history of the run to resume has no validation costs. Got examp",
    ),
    (NET, {"resume": LOOKING}, "must be given, as the history of the run to resume has validation costs. Got None."),
    (
        NET,
        {**LOOKED_AT, "early_stopping": 7},
        "'early_stopping' parameter of train must have restore_best=False here, be",
    ),
    (NET, {**LOOKED_AT, "early_stopping": 7}, "its best epoch. Use EarlyStopping(7, restore_best=False)."),
]


@pytest.mark.parametrize(("net", "options", "message"), REFUSED, ids=map(str, range(len(REFUSED))))
def test_what_does_not_go_together(net, options, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        lw.train(net, X, Y, **{"epochs": 9, "resume": PLAIN, **options})


BY_AUC = {"validation": (X, Y), "early_stopping": lw.EarlyStopping(9, monitor="auc")}


@pytest.mark.parametrize(
    ("before", "after", "had", "has"),
    [
        (BY_AUC, {"validation": (X, Y), "early_stopping": 9}, "auc", "cost"),
        (BY_AUC, {"validation": (X, Y)}, "auc", "cost"),
        ({"validation": (X, Y), "early_stopping": 9}, BY_AUC, "cost", "auc"),
    ],
)
def test_the_best_epoch_is_chosen_by_one_number(before, after, had, has):
    part = lw.train(NET, X, Y, epochs=3, **before)
    with pytest.raises(
        ParameterError,
        match=rf"^The 'early_stopping' parameter of train must monitor '{had}', by which the run to resume has "
        rf"chosen its best epoch\. Got '{has}': to change it, start a run of its own from initial=result\.parameters",
    ):
        lw.train(NET, X, Y, epochs=9, resume=part, **after)


def test_signs_stay_those_that_the_parameters_have():
    signs = lw.Parameters.from_vector(NET.sizes, np.ones(NET.n_parameters))
    with pytest.raises(
        ParameterError,
        match=r"^The 'signs' parameter of train must be those of the run to resume, or others that its parameters "
        r"have\. To change it, start a run of its own from initial=result\.parameters\.$",
    ):
        lw.train(NET, X, Y, epochs=9, resume=PLAIN, signs=signs)
    part = lw.train(NET, X, Y, epochs=3, signs=signs)
    assert (lw.train(NET, X, Y, epochs=9, resume=part, signs=signs).parameters.vector >= 0).all()
    assert (lw.train(NET, X, Y, epochs=9, resume=part).parameters.vector < 0).any()


@pytest.mark.parametrize(("examples", "size", "steps"), [(24, 5, 5), (24, None, 1), (12, 6, 2)])
def test_within_an_epoch_its_steps_stay_the_same(examples, size, steps):
    part = interrupted()
    assert (part.progress.epochs, part.progress.step, part.progress.steps) == (1, 2, 4)
    with pytest.raises(
        ParameterError,
        match=r"^The 'batch_size' parameter of train must give 4 steps an epoch, as in the run to resume, which was "
        rf"interrupted within one\. Got {steps} steps: give the same examples and batch_size\.$",
    ):
        lw.train(NET, X[:, :examples], Y[:, :examples], epochs=9, batch_size=size, resume=part)


def test_between_epochs_they_may_change():
    part = lw.train(NET, X, Y, epochs=9, batch_size=8, resume=PLAIN, schedule=Interrupt(after=4.5), engine="numpy")
    assert (part.progress.epochs, part.progress.step, part.progress.steps) == (4, 2, 3)
    result = lw.train(NET, X, Y, epochs=9, batch_size=8, resume=part, engine="numpy")
    whole = lw.train(NET, X, Y, epochs=9, batch_size=8, resume=PLAIN, engine="numpy")
    assert result.parameters.vector.tobytes() == whole.parameters.vector.tobytes()


def test_early_stopping_may_begin_later_without_the_best():
    rule = lw.EarlyStopping(7, restore_best=False)
    result = lw.train(NET, X, Y, epochs=5, resume=LOOKING, validation=(X, Y), early_stopping=rule)
    assert (result.stopped, result.restored) == ("epochs", False)


def test_a_run_interrupted_before_its_first_step_is_a_run_from_the_start():
    class AtOnce:
        def factor(self, epoch, epochs):
            raise KeyboardInterrupt

    part = lw.train(NET, X, Y, epochs=4, optimizer=Adam(), schedule=AtOnce())
    assert (part.progress.epochs, part.progress.step, part.progress.state) == (0, 0, None)
    whole, resumed = (lw.train(NET, X, Y, epochs=4, optimizer=Adam(), resume=resume) for resume in (None, part))
    assert resumed.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
    with_validation = lw.train(NET, X, Y, epochs=4, optimizer=Adam(), resume=part, validation=(X, Y), early_stopping=3)
    assert with_validation.restored
