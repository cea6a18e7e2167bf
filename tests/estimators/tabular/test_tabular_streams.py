"""Tables that need not fit into memory: what is learnt from their chunks is what is learnt from the whole."""

import resource
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import DataError, ParameterError, TableError
from layerwise.estimators.tabular import cache
from layerwise.estimators.tabular.data import Limits
from layerwise.estimators.tabular.memory import Budget

pl = pytest.importorskip("polars", reason="needs polars")
ds = pytest.importorskip("pyarrow.dataset", reason="needs pyarrow")

M = 600
QUICK = {"epochs": 3, "hidden": (6,), "n_estimators": 2, "n_jobs": 1}
rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, M))
FRAME = pl.DataFrame(
    {
        "a": [None if rng.random() < 0.1 else value for value in A],
        "b": B,
        "town": rng.choice(["Lima", "Oslo", "Rome", None], M).tolist(),
        "day": pl.Series(np.datetime64("2020-01-01") + rng.integers(0, 999, M)).cast(pl.Date),
        "many": [f"level {k}" for k in rng.integers(0, 40, M)],
        "weight": rng.choice([0.0, 0.5, 2.0], M),
        "class": np.where(A + B > 0, "up", "down").tolist(),
        "code": rng.integers(0, 4, M),
        "number": 3 * A + B,
        "count": rng.poisson(np.exp(0.5 * B)),
    }
)
GAPS = FRAME.with_columns(pl.when(pl.int_range(M) % 7 == 0).then(None).otherwise(pl.col("class")).alias("class"))


@pytest.fixture
def kept(tmp_path):
    """A frame as whatever is read in chunks."""

    def write(frame, kind):
        if kind == "csv":
            frame.write_csv(tmp_path / "t.csv")
            return tmp_path / "t.csv"
        frame.write_parquet(tmp_path / "t.parquet", row_group_size=100)
        file = str(tmp_path / "t.parquet")
        batches = (frame[first : first + 70] for first in range(0, frame.height, 70))
        sources = {"parquet": file, "lazy": pl.scan_parquet(file), "dataset": ds.dataset(file), "batches": batches}
        return sources[kind]

    return write


@pytest.fixture
def small(monkeypatch):
    """Memory for few rows: samples of 200, chunks of 90, blocks of 20, buffers of 100, 40 rows held out."""
    monkeypatch.setattr(Budget, "sample_rows", lambda self, columns: 200)
    monkeypatch.setattr(Budget, "chunk_rows", lambda self, columns, places: 90)
    limits = Limits(lw.BlockShuffle(20, 100), 40)
    monkeypatch.setattr(Budget, "limits", lambda self, *sizes: limits)


def bits(model):
    fitted = model.model_
    members = [(member.parameters.vector.tobytes(), member.history, member.stopped) for member in fitted.members]
    return members, fitted.temperature, fitted.evaluation.to_config(), dict(fitted.rows), fitted.encoder.columns


CASES = {
    "classes": (lw.TabularClassifier, "class", {}, {}),
    "many classes": (lw.TabularClassifier, "code", {}, {}),
    "balanced classes": (lw.TabularClassifier, "class", {"class_weight": "balanced"}, {}),
    "weighted classes": (lw.TabularClassifier, "class", {"class_weight": {"up": 3}}, {}),
    "numbers": (lw.TabularRegressor, "number", {}, {}),
    "counts": (lw.TabularRegressor, "count", {"loss": "poisson"}, {}),
    "weights": (lw.TabularRegressor, "number", {}, {"sample_weight": "weight"}),
    "weights of classes and rows": (
        lw.TabularClassifier,
        "class",
        {"class_weight": "balanced"},
        {"sample_weight": "weight"},
    ),
    "half held out": (lw.TabularClassifier, "class", {"validation": 0.5}, {}),
    "none held out": (lw.TabularRegressor, "number", {"validation": 0}, {}),
    "columns told": (lw.TabularClassifier, "class", {"drop": ["day"], "categorical": ["code"]}, {}),
    "monotone": (lw.TabularRegressor, "number", {"monotone": {"b": 1}}, {}),
}


@pytest.mark.parametrize("kind", ["parquet", "csv", "lazy", "dataset", "batches"])
@pytest.mark.parametrize("case", CASES)
def test_what_fits_has_the_bits_of_the_table_in_memory(kept, case, kind):
    estimator, target, options, more = CASES[case]
    in_chunks = estimator(**QUICK, **options).fit(kept(FRAME, kind), target, **more)
    if "sample_weight" in more:
        more, frame = {"sample_weight": FRAME["weight"].to_numpy()}, FRAME.drop("weight")
    else:
        frame = FRAME
    in_memory = estimator(**QUICK, **options).fit(frame, target, **more)
    assert bits(in_chunks) == bits(in_memory)
    assert in_chunks.feature_names_in_.tolist() == in_memory.feature_names_in_.tolist()
    features = frame.drop(target)
    np.testing.assert_array_equal(in_chunks.predict(features), in_memory.predict(features))


def test_rows_without_a_target_are_left_out(kept):
    model = lw.TabularClassifier(**QUICK).fit(kept(GAPS, "parquet"), "class")
    of_rest = lw.TabularClassifier(**QUICK).fit(GAPS.filter(pl.col("class").is_not_null()), "class")
    assert model.model_.rows["without_target"] == -(-M // 7)
    assert [m.parameters.vector.tobytes() for m in model.model_.members] == [
        m.parameters.vector.tobytes() for m in of_rest.model_.members
    ]


@pytest.mark.parametrize("kind", ["parquet", "lazy", "dataset", "csv"])
def test_predictions_are_those_of_the_frame(kept, kind):
    source = kept(FRAME, kind)
    model = lw.TabularClassifier(**QUICK, drop=["code"]).fit(source, "class")
    np.testing.assert_array_equal(model.predict_proba(source), model.predict_proba(FRAME))
    np.testing.assert_array_equal(model.predict(source), model.predict(FRAME))


@pytest.mark.usefixtures("small")
class TestWhatDoesNotFit:
    @pytest.mark.parametrize("case", CASES)
    def test_is_learnt_too(self, kept, case):
        estimator, target, options, more = CASES[case]
        model = estimator(**{**QUICK, "epochs": 25, "learning_rate": 0.02}, **options)
        model.fit(kept(FRAME, "parquet"), target, **more)
        held = 40 if options.get("validation", 1) else 0
        assert model.model_.rows["held_out"] <= 2 * held
        assert model.model_.rows["training"] == (M if not more else int((FRAME["weight"] > 0).sum()))
        if target in ("class", "number"):  # what follows from the columns
            name = "accuracy" if target == "class" else "r2"
            assert model.metrics_[name] > model.baseline_metrics_[name] + 0.2

    def test_knows_the_classes_that_the_sample_lacks(self, kept):
        rare = FRAME.with_columns(pl.when(pl.int_range(M) == 431).then(pl.lit("odd")).otherwise("class").alias("class"))
        model = lw.TabularClassifier(**QUICK).fit(kept(rare, "parquet"), "class")
        assert model.classes_.tolist() == ["down", "odd", "up"]
        assert model.model_.target.counts == tuple(rare["class"].value_counts().sort("class")["count"])

    def test_goes_on_from_its_checkpoint_with_the_same_bits(self, kept, tmp_path):
        class Interrupts:
            def on_epoch_end(self, state):
                if (state.member, state.epoch) == (1, 1):
                    raise KeyboardInterrupt

        source, file = kept(FRAME, "parquet"), tmp_path / "checkpoint"
        options = {**QUICK, "checkpoint": file, "checkpoint_every": 1}
        part = lw.TabularClassifier(**options, callbacks=[Interrupts()]).fit(source, "class")
        assert part.model_.members[-1].stopped == "interrupted"
        again = lw.TabularClassifier(**options).fit(source, "class")
        assert bits(again) == bits(lw.TabularClassifier(**QUICK).fit(source, "class"))
        assert not file.exists()

    @pytest.mark.parametrize("jobs", [1, 2, 5])
    def test_has_the_same_bits_for_any_number_of_threads(self, kept, jobs):
        source = kept(FRAME, "parquet")
        one, other = (lw.TabularClassifier(**{**QUICK, "n_jobs": n}).fit(source, "class") for n in (1, jobs))
        assert bits(one) == bits(other)

    def test_a_wrong_cell_in_a_late_chunk_is_named_by_its_row(self, kept):
        wrong = FRAME.with_columns(b=pl.when(pl.int_range(M) == 577).then(pl.lit("?")).otherwise(pl.col("b").cast(str)))
        with pytest.raises(TableError, match=r"Column 'b', row 578: '\?' is not a number"):
            lw.TabularClassifier(**QUICK).fit(kept(wrong, "csv"), "class")

    def test_a_negative_count_in_a_late_chunk_is_named_by_its_row(self, kept):
        wrong = FRAME.with_columns(count=pl.when(pl.int_range(M) == 577).then(-3).otherwise("count"))
        with pytest.raises(
            TableError, match=r"Column 'count', row 578: the loss learns numbers of at least 0\. Got -3"
        ):
            lw.TabularRegressor(**QUICK, loss="poisson").fit(kept(wrong, "csv"), "count")

    def test_a_wrong_weight_in_a_late_chunk_is_named_by_its_row(self, kept):
        wrong = FRAME.with_columns(weight=pl.when(pl.int_range(M) == 577).then(-1.0).otherwise("weight"))
        with pytest.raises(
            TableError, match=r"Column 'weight', row 578: a weight must be a number of at least 0; got -1"
        ):
            lw.TabularRegressor(**QUICK).fit(kept(wrong, "csv"), "number", sample_weight="weight")


@pytest.mark.parametrize("scale", [1e-300, 1e-50, 1e39, 1e300])
def test_weights_of_every_size_are_relative(kept, scale):
    heavy = FRAME.with_columns(weight=pl.col("weight") * scale)
    model = lw.TabularRegressor(**QUICK).fit(kept(heavy, "parquet"), "number", sample_weight="weight")
    plain = lw.TabularRegressor(**QUICK).fit(kept(FRAME, "parquet"), "number", sample_weight="weight")
    rows = FRAME.drop("weight", "number")
    np.testing.assert_allclose(model.predict(rows), plain.predict(rows), rtol=1e-4)


def test_a_checkpoint_of_other_limits_is_of_another_fit(kept, tmp_path, monkeypatch):
    class Interrupts:
        def on_epoch_end(self, state):
            raise KeyboardInterrupt

    source, options = kept(FRAME, "parquet"), {**QUICK, "checkpoint": tmp_path / "c", "checkpoint_every": 1}
    monkeypatch.setattr(Budget, "limits", lambda self, *sizes: Limits(lw.BlockShuffle(20, 100), 40))
    lw.TabularClassifier(**options, callbacks=[Interrupts()]).fit(source, "class")
    monkeypatch.setattr(Budget, "limits", lambda self, *sizes: Limits(lw.BlockShuffle(20, 200), 40))
    with pytest.raises(ParameterError, match="other data or settings"):
        lw.TabularClassifier(**options).fit(source, "class")


def test_batches_are_kept_in_the_folder_that_is_given(tmp_path):
    class Looks:
        seen = ()

        def on_epoch_end(self, state):
            self.seen = [path.suffix for path in tmp_path.rglob("*") if path.is_file()]

    looks = Looks()
    batches = iter([FRAME[:300], FRAME[300:]])
    lw.TabularClassifier(**QUICK, cache=tmp_path, callbacks=[looks]).fit(batches, "class")
    assert looks.seen == [".parquet"]


class TestTheFolder:
    def test_nothing_is_left_in_it(self, kept, tmp_path):
        folder = tmp_path / "cache"
        folder.mkdir()

        class Looks:
            names = None

            def on_epoch_end(self, state):
                self.names = list(folder.iterdir())

        looks = Looks()
        lw.TabularClassifier(**QUICK, cache=folder, callbacks=[looks]).fit(kept(FRAME, "parquet"), "class")
        assert looks.names == []
        assert list(folder.iterdir()) == []

    def test_without_room_is_refused_before_anything_is_written(self, kept, tmp_path, monkeypatch):
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(cache.shutil, "disk_usage", lambda folder: usage._replace(free=1000))
        with pytest.raises(TableError, match=r"1,000 bytes are free, and the rows need \d+,\d+\. Name another folder"):
            lw.TabularClassifier(**QUICK, cache=tmp_path).fit(kept(FRAME, "parquet"), "class")
        assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]

    def test_that_fills_up_says_how_much_is_needed(self, kept):
        source = kept(FRAME, "parquet")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
        try:
            with pytest.raises(TableError, match=r"File too large, and the rows need \d+,\d+ bytes"):
                lw.TabularClassifier(**QUICK).fit(source, "class")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def test_that_is_none_is_refused(self, kept, tmp_path):
        with pytest.raises(TableError, match=r"cannot be kept in '.*nowhere': No such file or directory"):
            lw.TabularClassifier(**QUICK, cache=tmp_path / "nowhere").fit(kept(FRAME, "parquet"), "class")


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (("klass",), {}, TableError, "has no column 'klass'. Did you mean 'class'?"),
        ((["class"],), {}, ParameterError, "y must be the name of a column of X, which is read in chunks. Got list."),
        (("class", [1, 2]), {}, ParameterError, "sample_weight must be the name of a column of X"),
        (("class", "wait"), {}, TableError, "has no column 'wait'. Did you mean 'weight'?"),
        (("class",), {"memory": "1MB"}, ParameterError, "must be an amount such as '1GB', at least 500MB. Got '1MB'"),
        (("class",), {"memory": "lots"}, ParameterError, "'memory' parameter of TabularClassifier must be an amount"),
        (("number",), {}, DataError, "is continuous: .* is no whole number"),
        (("class",), {"drop": ["b", "c"]}, TableError, "has no column 'c'"),
    ],
)
def test_bad_input(kept, arguments, options, error, said):
    with pytest.raises(error, match=said.replace("(", r"\(").replace("?", r"\?")):
        lw.TabularClassifier(**QUICK, **options).fit(kept(FRAME, "parquet"), *arguments)


PEAK = """
import sys
import layerwise as lw

model = lw.TabularClassifier("fast", epochs=2, hidden=(8,), memory="500MB", validation=0.05)
model.fit(sys.argv[1], "y")
assert model.metrics_["accuracy"] > 0.9
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of its memory from /proc")
def test_memory_stays_below_what_is_given(tmp_path):
    m, n = 1_000_000, 40  # 160 MB as float32: in memory, the fit takes 790 MB
    file = tmp_path / "large.parquet"
    columns = {f"x{j}": np.random.default_rng(j).random(m, np.float32) for j in range(n)}
    y = np.where(columns["x0"] + columns["x1"] > 1, "yes", "no")
    pl.DataFrame({**columns, "y": y}).write_parquet(file, row_group_size=100_000, compression="uncompressed")
    done = subprocess.run([sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 500_000_000
