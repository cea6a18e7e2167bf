"""A fit that was stopped goes on from its file with the bits of one that never was; so does `layerwise.train`."""

import re

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS
from layerwise.errors import ModelFileError, ParameterError

m, EPOCHS = 90, 5
rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, m))
X = {"a": np.where(rng.random(m) < 0.1, np.nan, A), "town": rng.choice(["Lima", "Oslo", "Rome"], m)}
LABELS = (A + 0.5 * B > 0).astype(int)
NUMBERS = 3 * A + B
QUICK = {"epochs": EPOCHS, "hidden": (5,), "n_jobs": 1, "checkpoint_every": 1}


class Interrupts:
    """Ctrl-C at the end of an epoch of a network."""

    def __init__(self, epoch, member=0):
        self.epoch, self.member = epoch, member

    def on_epoch_end(self, state):
        if (state.member, state.epoch) == (self.member, self.epoch):
            raise KeyboardInterrupt


class Counts:
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, state):
        self.epochs += 1


def classifier(**options):
    return lw.TabularClassifier(**{**QUICK, "n_estimators": 1, **options})


def bits(model):
    fitted = model.model_
    members = [(member.parameters.vector.tobytes(), member.history, member.stopped) for member in fitted.members]
    return members, fitted.temperature, fitted.evaluation.to_config()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "fit"


class TestAFitThatIsStopped:
    @pytest.mark.parametrize("engine", ["auto", "numpy"])
    @pytest.mark.parametrize("n", [1, 3])
    @pytest.mark.parametrize("epoch", range(EPOCHS))
    def test_goes_on_with_the_same_bits(self, file, epoch, n, engine):
        options = {"n_estimators": n, "engine": engine}
        part = classifier(**options, checkpoint=file, callbacks=[Interrupts(epoch, n - 1)]).fit(X, LABELS)
        assert part.model_.members[-1].stopped == "interrupted"
        assert file.exists()
        again = classifier(**options, checkpoint=file).fit(X, LABELS)
        assert bits(again) == bits(classifier(**options).fit(X, LABELS))
        assert not file.exists()

    @pytest.mark.parametrize("every", [1, 2, 3])
    def test_loses_at_most_so_many_epochs(self, file, every):
        class Breaks:
            def on_epoch_end(self, state):
                if state.epoch == 3:
                    raise RuntimeError("the power went")

        options = {"checkpoint": file, "checkpoint_every": every}
        with pytest.raises(RuntimeError, match="the power went"):
            classifier(**options, callbacks=[Breaks()]).fit(X, LABELS)
        counts = Counts()
        again = classifier(**options, callbacks=[counts]).fit(X, LABELS)
        assert counts.epochs == EPOCHS - 3 // every * every
        assert bits(again) == bits(classifier().fit(X, LABELS))

    def test_may_be_stopped_again_and_again(self, file):
        for epoch in range(4):
            classifier(n_estimators=2, checkpoint=file, callbacks=[Interrupts(epoch, 1)]).fit(X, LABELS)
        again = classifier(n_estimators=2, checkpoint=file).fit(X, LABELS)
        assert bits(again) == bits(classifier(n_estimators=2).fit(X, LABELS))

    def test_does_not_train_networks_that_are_ready(self, file):
        classifier(n_estimators=3, checkpoint=file, callbacks=[Interrupts(2, 2)]).fit(X, LABELS)
        counts = Counts()
        classifier(n_estimators=3, checkpoint=file, callbacks=[counts]).fit(X, LABELS)
        assert counts.epochs == EPOCHS - 3

    @pytest.mark.parametrize("jobs", [2, None])
    def test_goes_on_with_other_threads(self, file, jobs):
        classifier(n_estimators=3, checkpoint=file, callbacks=[Interrupts(1, 1)]).fit(X, LABELS)
        again = classifier(n_estimators=3, checkpoint=file, n_jobs=jobs).fit(X, LABELS)
        assert bits(again) == bits(classifier(n_estimators=3).fit(X, LABELS))

    @pytest.mark.parametrize(
        "options",
        [
            {"loss": "poisson"},
            {"loss": "quantile(q=0.9)"},
            {"monotone": {"a": 1}},
            {"validation": 0},
            {"early_stopping": 1, "learning_rate": 0.5},
            {"metric": lw.Metric("mine", lambda Y_hat, Y, w: float(np.abs(Y_hat - Y).mean()), False)},
            {"averaging": 0},
            {"dropout": 0.5},
        ],
        ids=lambda options: " ".join(options),
    )
    def test_whatever_is_learnt(self, file, options):
        def regressor(**more):
            return lw.TabularRegressor(**{**QUICK, "n_estimators": 2, **options, **more})

        y, w = np.abs(NUMBERS), np.linspace(0, 2, m)
        regressor(checkpoint=file, callbacks=[Interrupts(0, 1)]).fit(X, y, w)
        again = regressor(checkpoint=file).fit(X, y, w)
        assert bits(again) == bits(regressor().fit(X, y, w))

    def test_with_rows_of_its_own_to_look_at(self, file):
        held = (X, LABELS)
        classifier(checkpoint=file, callbacks=[Interrupts(1)]).fit(X, LABELS, eval_set=held)
        with pytest.raises(ParameterError, match="other data or settings"):
            classifier(checkpoint=file).fit(X, LABELS)
        again = classifier(checkpoint=file).fit(X, LABELS, eval_set=held)
        assert bits(again) == bits(classifier().fit(X, LABELS, eval_set=held))

    def test_by_the_rate_that_a_callback_has_set(self, file):
        class Halves:
            def on_epoch_end(self, state):
                if state.epoch == 1:
                    state.learning_rate /= 2

        classifier(checkpoint=file, callbacks=[Halves(), Interrupts(2)]).fit(X, LABELS)
        again = classifier(checkpoint=file, callbacks=[Halves()]).fit(X, LABELS)
        whole = classifier(callbacks=[Halves()]).fit(X, LABELS)
        assert bits(again) == bits(whole) != bits(classifier().fit(X, LABELS))


OTHER_DATA = {
    "a cell": ({**X, "a": [9.0, *X["a"][1:]]}, LABELS, None),
    "a row": ({name: cells[1:] for name, cells in X.items()}, LABELS[1:], None),
    "a target": (X, [1 - LABELS[0], *LABELS[1:]], None),
    "weights": (X, LABELS, 1 + LABELS),
}
OTHER_SETTINGS = [
    {"random_state": 1}, {"learning_rate": 0.1}, {"epochs": 6}, {"hidden": (6,)}, {"n_estimators": 2},
    {"metric": "auc"}, {"label_smoothing": 0.1}, {"engine": "numpy"}, {"activation": "tanh"}, {"dropout": 0.4},
    {"class_weight": "balanced"}, {"validation": 0.5}, {"drop": ["a"]}, {"batch_size": 7}, {"early_stopping": 2},
]  # fmt: skip


class TestAFileThatDoesNotFit:
    @pytest.fixture
    def kept(self, file):
        classifier(checkpoint=file, callbacks=[Interrupts(1)]).fit(X, LABELS)
        return file

    def refused(self, file):
        message = (
            f"{file}: is the checkpoint of a fit with other data or settings. "
            "Remove it, or give 'checkpoint' another file."
        )
        return pytest.raises(ParameterError, match=f"^{re.escape(message)}$")

    @pytest.mark.parametrize("name", OTHER_DATA)
    def test_is_of_other_data(self, kept, name):
        before = kept.read_bytes()
        with self.refused(kept):
            classifier(checkpoint=kept).fit(*OTHER_DATA[name])
        assert kept.read_bytes() == before

    @pytest.mark.parametrize("options", OTHER_SETTINGS, ids=str)
    def test_is_of_other_settings(self, kept, options):
        with self.refused(kept):
            classifier(checkpoint=kept, **options).fit(X, LABELS)

    def test_is_of_another_direction(self, file):
        classifier(checkpoint=file, monotone={"a": 1}, callbacks=[Interrupts(1)]).fit(X, LABELS)
        with self.refused(file):
            classifier(checkpoint=file, monotone={"a": -1}).fit(X, LABELS)

    def test_but_not_if_only_the_frequency_of_writing_differs(self, kept):
        again = classifier(checkpoint=kept, checkpoint_every=4, n_jobs=2, verbose=True).fit(X, LABELS)
        assert bits(again) == bits(classifier().fit(X, LABELS))

    def test_is_a_model(self, file):
        lw.save(classifier().fit(X, LABELS), file)
        with pytest.raises(ParameterError) as refusal:
            classifier(checkpoint=file).fit(X, LABELS)
        assert str(refusal.value) == f"{file}: is no checkpoint of a fit. Give 'checkpoint' another file."

    @pytest.mark.parametrize("how", ["a bit", "half", "empty", "text"])
    def test_is_damaged(self, kept, how):
        content = bytearray(kept.read_bytes())
        content[-9] ^= 4
        damaged = {"a bit": content, "half": content[: len(content) // 2], "empty": b"", "text": b"a,b\n1,2\n"}[how]
        kept.write_bytes(damaged)
        with pytest.raises(ModelFileError) as refusal:
            classifier(checkpoint=kept).fit(X, LABELS)
        assert str(refusal.value).startswith(f"{kept}: is ")
        assert str(refusal.value).endswith(" Remove it, or give 'checkpoint' another file.")
        assert kept.read_bytes() == damaged

    def test_a_text_names_the_file_too(self, kept):
        again = classifier(checkpoint=str(kept)).fit(X, LABELS)
        assert bits(again) == bits(classifier().fit(X, LABELS))


class TestTheFile:
    def test_is_removed_when_the_fit_ends(self, file, tmp_path):
        classifier(n_estimators=2, checkpoint=file).fit(X, LABELS)
        assert list(tmp_path.iterdir()) == []

    def test_ctrl_c_in_the_first_epoch_of_another_keeps_what_is_ready(self, file):
        part = classifier(n_estimators=3, checkpoint=file, callbacks=[Interrupts(0, 1)]).fit(X, LABELS)
        assert [member.stopped for member in part.model_.members] == ["epochs", "interrupted"]
        assert np.isfinite(part.predict_proba(X)).all()


NET = lw.Network((3, 4, 1), ("tanh", "sigmoid"))
INPUTS = np.random.default_rng(1).normal(size=(3, 50))
TARGETS = (INPUTS[:1] - INPUTS[1:2] > 0).astype(float)
RULES = [name for name, rule in OPTIMIZERS.items() if rule is not LBFGS]


def run(**options):
    given = {"epochs": 6, "batch_size": 16, "learning_rate": 0.05, "seed": 2}
    return lw.train(NET, INPUTS, TARGETS, **{**given, **options})


def told(result):
    return result.parameters.vector.tobytes(), result.history, result.stopped, result.best_epoch, result.restored


class TestOfTrain:
    @pytest.mark.parametrize("engine", ["auto", "numpy"])
    @pytest.mark.parametrize("name", RULES)
    def test_every_rule_goes_on(self, name, engine, tmp_path):
        options = {
            "optimizer": name,
            "engine": engine,
            "averaging": 0.9,
            "schedule": "cosine",
            "early_stopping": 5,
            "validation": (INPUTS[:, :20], TARGETS[:, :20]),
            "dropout": 0.2,
        }
        for epoch in (0, 3, 4):
            file = tmp_path / f"{epoch}"
            stop = Interrupts(epoch)
            run(**options, callbacks=[lw.Checkpoint(file, every=1), stop])
            assert told(run(**options, resume=lw.load(file))) == told(run(**options))

    @pytest.mark.parametrize("every", [1, 2, 4])
    def test_the_last_epoch_that_was_kept_is_that_of_the_file(self, every, tmp_path):
        run(callbacks=[lw.Checkpoint(tmp_path / "run", every=every)])
        assert len(lw.load(tmp_path / "run").history) == 6 // every * every

    def test_nothing_is_written_before(self, tmp_path):
        run(callbacks=[lw.Checkpoint(tmp_path / "run", every=7)])
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_in_both_precisions_and_without_shuffling(self, dtype, tmp_path):
        options = {"dtype": dtype, "shuffle": False, "optimizer": "adam", "l2": 0.1, "clip_norm": 0.5}
        run(**options, epochs=2, callbacks=[lw.Checkpoint(tmp_path / "run", every=2)])
        assert told(run(**options, resume=lw.load(tmp_path / "run"))) == told(run(**options))

    def test_lbfgs_is_refused(self, tmp_path):
        with pytest.raises(ParameterError) as refusal:
            lw.train(
                NET, INPUTS, TARGETS, optimizer="lbfgs", epochs=3, callbacks=[lw.Checkpoint(tmp_path / "run", every=1)]
            )
        assert str(refusal.value) == (
            "A checkpoint keeps runs of the library's own update rules, such as adam. Got LBFGS."
        )
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("every", [0, -1, True, 2.0, "2"])
    def test_how_often_is_checked(self, every):
        message = f"The 'every' parameter of Checkpoint must be an int in the range [1, inf). Got {every!r} instead."
        with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
            lw.Checkpoint("run", every)

    @pytest.mark.parametrize("path", [3, None, True])
    def test_so_is_the_file(self, path):
        message = f"The 'path' parameter of Checkpoint must be the name of a file. Got {path!r}."
        with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
            lw.Checkpoint(path)

    def test_a_damaged_file_is_refused(self, tmp_path):
        file = tmp_path / "run"
        run(callbacks=[lw.Checkpoint(file, every=2)])
        content = bytearray(file.read_bytes())
        content[-3] ^= 1
        file.write_bytes(content)
        with pytest.raises(ModelFileError, match="is damaged"):
            lw.load(file)
