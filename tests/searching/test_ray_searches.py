"""`backend="ray"` on a real cluster of two nodes: the bits of one machine, whatever dies on the way."""

import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import layerwise as lw
from layerwise.errors import MissingDependencyError
from layerwise.searching import ray_runner
from layerwise.searching.ray_runner import RayRunner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),  # one cluster, not one for each worker of pytest
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # files that Ray leaves open
    pytest.mark.filterwarnings("ignore:.*RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"),
]
X, Y = load_iris(return_X_y=True)
NODE = {"num_cpus": 1, "object_store_memory": 2**27}


@pytest.fixture(scope="module")
def cluster():
    """Yield two nodes with one processor each, connected."""
    pytest.importorskip("ray", reason="needs Ray: pip install 'layerwise[ray]'")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        import ray
        from ray.cluster_utils import Cluster

        nodes = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
        try:
            nodes.add_node(**NODE)
            ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # whose scorers no node could import
            ray.init(address=nodes.address, log_to_driver=False)
            yield nodes
        finally:
            ray.shutdown()
            nodes.shutdown()


def assert_same(ours, theirs):
    """Every result but the times, and the bits of the refitted estimator."""
    assert ours.cv_results_.keys() == theirs.cv_results_.keys()
    for name, values in theirs.cv_results_.items():
        if "_time" not in name:
            np.testing.assert_array_equal(ours.cv_results_[name], values, err_msg=name)
    assert ours.n_epochs_ == theirs.n_epochs_
    assert ours.best_params_ == theirs.best_params_
    for each, other in zip(weights(ours.best_estimator_), weights(theirs.best_estimator_), strict=True):
        assert each.tobytes() == other.tobytes()


def weights(estimator):
    final = estimator[-1] if hasattr(estimator, "steps") else estimator
    return [final.coef_, final.intercept_] if hasattr(final, "coef_") else [*final.coefs_, *final.intercepts_]


def network(**settings):
    return lw.MLPClassifier(**{"hidden_layer_sizes": (8,), "max_iter": 8, "random_state": 0} | settings)


def grid(backend=None, scoring=None, space=None, **settings):
    space = space or {"alpha": [1e-4, 1e-2, 1], "learning_rate_init": [1e-3, 1e-2]}
    return lw.GridSearchCV(network(), space, cv=3, scoring=scoring, backend=backend, **settings)


def in_a_pipeline(backend):
    space = {"mlpclassifier__alpha": [1e-4, 1], "standardscaler__with_mean": [True, False]}
    return lw.GridSearchCV(make_pipeline(StandardScaler(), network()), space, cv=3, backend=backend)


def drawn(backend):
    space = {"C": np.logspace(-3, 2, 50), "class_weight": [None, "balanced"]}
    return lw.RandomizedSearchCV(lw.LogisticRegression(), space, n_iter=8, random_state=0, backend=backend)


def halved(backend):
    space = {"learning_rate_init": [1e-4, 1e-3, 1e-2], "alpha": [1e-4, 1e-2, 1]}
    rounds = {"resource": "max_iter", "min_resources": 3, "max_resources": 27, "cv": 3}
    return lw.HalvingGridSearchCV(network(), space, **rounds, backend=backend)


def halved_in_a_pipeline(backend):
    space = {"mlpclassifier__alpha": [1e-4, 1e-2, 1]}
    rounds = {"resource": "mlpclassifier__max_iter", "min_resources": 3, "max_resources": 9, "cv": 3}
    return lw.HalvingRandomSearchCV(
        make_pipeline(StandardScaler(), network()), space, n_candidates=3, random_state=0, **rounds, backend=backend
    )


class TestResults:
    @pytest.mark.parametrize("search", [grid, in_a_pipeline, drawn, halved, halved_in_a_pipeline])
    def test_they_are_those_of_this_machine(self, cluster, search):
        assert_same(search("ray").fit(X, Y), search(None).fit(X, Y))

    def test_with_weights_and_several_scores(self, cluster):
        several = {"scoring": ["accuracy", "neg_log_loss"], "refit": "neg_log_loss", "return_train_score": True}
        w = np.linspace(0.5, 2, len(Y))
        ours, theirs = (grid(backend, **several).fit(X, Y, sample_weight=w) for backend in ("ray", None))
        assert_same(ours, theirs)

    def test_of_a_regressor_that_holds_rows_out(self, cluster):
        table = load_diabetes(return_X_y=True)
        regressor = lw.MLPRegressor(hidden_layer_sizes=(8,), early_stopping=True, max_iter=20, random_state=0)
        ours, theirs = (
            lw.GridSearchCV(regressor, {"alpha": [1e-4, 1]}, cv=3, backend=backend).fit(*table)
            for backend in ("ray", None)
        )
        assert_same(ours, theirs)

    def test_every_node_works(self, cluster, tmp_path):
        grid("ray", Noting(tmp_path, seconds=0.1)).fit(X, Y)
        assert len(nodes_in(tmp_path)) == 2

    def test_warnings_come_back(self, cluster):
        with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(8\)"):
            grid("ray").fit(X, Y)

    def test_warnings_are_errors_where_they_are_here(self, cluster):
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            with pytest.raises(ValueError, match="All the 18 fits failed"):
                grid("ray").fit(X, Y)

    def test_lines_are_printed_here(self, cluster, capsys):
        grid("ray", verbose=2).fit(X, Y)
        assert capsys.readouterr().out.count("[CV] END") == 18


class TestFailures:
    def test_a_fit_that_raises_scores_error_score(self, cluster):
        space = {"alpha": [1e-4, -1, 1]}
        with pytest.warns(FitFailedWarning, match="3 fits failed"):
            ours = grid("ray", space=space, error_score=-7).fit(X, Y)
        with pytest.warns(FitFailedWarning, match="3 fits failed"):
            theirs = grid(space=space, error_score=-7).fit(X, Y)
        assert ours.cv_results_["mean_test_score"][1] == -7
        assert_same(ours, theirs)

    def test_or_is_raised_here(self, cluster):
        with pytest.raises(ValueError, match="alpha") as caught:
            grid("ray", space={"alpha": [-1]}, error_score="raise").fit(X, Y)
        with pytest.raises(ValueError, match="alpha") as local:
            grid(space={"alpha": [-1]}, error_score="raise").fit(X, Y)
        assert type(caught.value) is type(local.value)
        assert str(caught.value) == str(local.value)

    def test_ctrl_c_cancels_the_calls(self, cluster, tmp_path):
        def interrupt():
            wait_until(lambda: nodes_in(tmp_path))
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            grid("ray", Noting(tmp_path, seconds=5)).fit(X, Y)
        began = time.monotonic()
        grid("ray", space={"alpha": [1]}).fit(X, Y)  # for which there is room again
        assert time.monotonic() - began < 30

    def test_a_node_that_is_killed_changes_nothing(self, cluster, tmp_path):
        before = alive()
        node = cluster.add_node(**NODE)
        (doomed,) = alive() - before

        killed = []

        def kill():
            wait_until(lambda: doomed in nodes_in(tmp_path))
            cluster.remove_node(node, allow_graceful=False)
            killed.append(doomed)

        killing = threading.Thread(target=kill)
        killing.start()
        ours = grid("ray", Noting(tmp_path, waits_for=doomed)).fit(X, Y)
        killing.join()
        assert killed == [doomed]
        assert doomed in nodes_in(tmp_path)
        assert_same(ours, grid(scoring=Noting(tmp_path)).fit(X, Y))

    def test_a_process_that_dies_is_replaced(self, cluster, tmp_path, monkeypatch):
        monkeypatch.setattr(ray_runner, "RETRIES", 0)  # so that it is not Ray who calls again
        ours = grid("ray", Noting(tmp_path, kills_itself=1)).fit(X, Y)
        assert_same(ours, grid(scoring=Noting(tmp_path)).fit(X, Y))

    def test_but_not_for_ever(self, cluster, tmp_path, monkeypatch):
        monkeypatch.setattr(ray_runner, "RETRIES", 0)
        monkeypatch.setattr(ray_runner, "LOSSES", 1)
        from ray.exceptions import WorkerCrashedError

        with pytest.raises(WorkerCrashedError) as caught:
            grid("ray", Noting(tmp_path, kills_itself=1)).fit(X, Y)
        assert any("1 times" in note for note in caught.value.__notes__)


class TestConnecting:
    def test_without_ray_the_cure_is_named(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(MissingDependencyError, match=r"backend=\"ray\" needs ray: pip install 'layerwise\[ray\]'"):
            grid("ray").fit(X, Y)

    @pytest.mark.parametrize("was_connected", [True, False])
    def test_ray_is_left_as_it_was(self, monkeypatch, was_connected):
        done = []
        fake = SimpleNamespace(
            is_initialized=lambda: was_connected,
            init=lambda: done.append("init"),
            shutdown=lambda: done.append("shutdown"),
        )
        monkeypatch.setitem(sys.modules, "ray", fake)
        with pytest.raises(ZeroDivisionError), RayRunner():
            raise ZeroDivisionError
        assert done == ([] if was_connected else ["init", "shutdown"])

    def test_n_jobs_is_the_processors_of_a_call(self):
        assert grid("ray", n_jobs=4)._runner().processors == 4
        assert grid("ray", n_jobs=-1)._runner().processors is None

    def test_an_address_in_the_environment_is_joined_and_left(self, cluster, monkeypatch):
        import ray

        ray.shutdown()  # the last test: all processes of the cluster begin anew
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        with RayRunner():
            assert ray.is_initialized()
            assert len(ray.nodes()) >= 2
        assert not ray.is_initialized()


class Noting:
    """A scorer that leaves a note of every node it has worked on; it may take its time, or kill its process.

    It may also wait for a node to begin, and stay there until somebody ends that.
    """

    def __init__(self, folder, seconds=0.0, kills_itself=0, waits_for=None):
        self.folder, self.seconds, self.kills_itself = Path(folder), seconds, kills_itself
        self.waits_for = waits_for

    def __call__(self, estimator, X, y):
        import ray

        if ray.is_initialized():
            (self.folder / f"node-{ray.get_runtime_context().get_node_id()}").touch()
            killed = len(list(self.folder.glob("killed-*")))
            if killed < self.kills_itself:
                (self.folder / f"killed-{killed}-{os.getpid()}").touch()
                os._exit(1) if in_a_worker() else None
            if in_a_worker():
                time.sleep(self.seconds)
                self.wait(ray.get_runtime_context().get_node_id())
        return estimator.score(X, y)

    def wait(self, here):
        if self.waits_for == here:
            time.sleep(60)
        elif self.waits_for is not None:
            wait_until(lambda: self.waits_for in nodes_in(self.folder))


def alive():
    import ray

    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


def in_a_worker():
    import ray

    return ray.get_runtime_context().worker.mode == ray.WORKER_MODE


def nodes_in(folder):
    return {note.name.removeprefix("node-") for note in folder.glob("node-*")}


def wait_until(condition, seconds=60):
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.02)
