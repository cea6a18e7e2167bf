"""The journal of `layerwise.search`: a search that was killed goes on and loses no finished trial."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")
from small_searches import X, found, net, trials, y  # noqa: E402

import layerwise as lw  # noqa: E402
from layerwise.errors import DataError, ModelFileError, ParameterError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class TestJournal:
    def test_it_goes_on_where_it_was(self, tmp_path):
        path = tmp_path / "j"
        found(journal=path, n_trials=5)
        result = found(journal=path, n_trials=12)
        assert trials(result) == trials(found(n_trials=12))
        assert len(path.read_text().splitlines()) == 13

    def test_a_line_that_was_cut_off_is_dropped(self, tmp_path):
        path = tmp_path / "j"
        found(journal=path)
        path.write_bytes(path.read_bytes()[:-30])
        assert trials(found(journal=path)) == trials(found())
        assert len(path.read_text().splitlines()) == 13

    def test_that_of_another_search_is_refused_and_stays_as_it_is(self, tmp_path):
        path = tmp_path / "j"
        found(journal=path, n_trials=2)
        before = path.read_bytes()
        for given, differs in (
            ({"random_state": 1}, "data, random_state"),
            ({"estimator": net(max_iter=13)}, "parameters"),
            ({"of": (X + 1, y)}, "data"),
            ({"sample_weight": np.arange(150) + 1.0}, "data"),
            ({"scoring": "accuracy"}, "scoring"),
        ):
            with pytest.raises(ParameterError, match=f"another search: its {differs} differ"):
                found(journal=path, **given)
        assert path.read_bytes() == before

    @pytest.mark.parametrize("content", ["hello", "hello\n", '{"format": "layerwise search 1"\n', "\xff", "[]\n"])
    def test_other_files_are_refused_and_stay_as_they_are(self, tmp_path, content):
        path = tmp_path / "j"
        path.write_text(content, encoding="latin-1")
        with pytest.raises(ModelFileError, match="journal"):
            found(journal=path)
        assert path.read_text(encoding="latin-1") == content

    def test_trials_that_this_search_would_not_make_are_refused(self, tmp_path):
        path = tmp_path / "j"
        found(journal=path, n_trials=2)
        lines = path.read_text().splitlines()
        line = json.loads(lines[-1])
        line["params"]["alpha"] = 0.5
        path.write_text("\n".join([*lines[:-1], json.dumps(line)]) + "\n")
        with pytest.raises(ParameterError, match=r"its trial \d had"):
            found(journal=path, n_trials=2)

    def test_objects_are_refused(self, tmp_path):
        with pytest.raises(DataError, match="journal keeps numbers"):
            found(journal=tmp_path / "j", space={"alpha": [1e-4, object()]})

    def test_killed_in_the_middle_it_loses_no_trial_that_was_over(self, tmp_path):
        path, script = tmp_path / "j", tmp_path / "s.py"
        script.write_text(
            "import sys, warnings\n"
            "warnings.simplefilter('ignore')\n"
            f"sys.path[:0] = {[str(p) for p in sys.path]!r}\n"
            "import layerwise as lw\n"
            "from sklearn.datasets import load_iris\n"
            "from sklearn.preprocessing import scale\n"
            "X, y = load_iris(return_X_y=True)\n"
            "net = lw.MLPClassifier((8,), max_iter=60, random_state=0)\n"
            "space = {'alpha': lw.Between(1e-5, 1.0, log=True), 'hidden_layer_sizes': [(4,), (8,), (64, 64)]}\n"
            "lw.search(net, scale(X), y, space, n_trials=100_000, cv=2, sampler='random', refit=False, threads=2,\n"
            f"          journal={str(path)!r})\n"
        )
        process = subprocess.Popen([sys.executable, str(script)])
        while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 6):
            time.sleep(0.01)
        process.kill()
        process.wait()
        kept = [json.loads(line) for line in path.read_bytes().split(b"\n")[1:-1]]
        assert len(kept) >= 5
        n = max(line["number"] for line in kept) + 3
        space = {"alpha": lw.Between(1e-5, 1.0, log=True), "hidden_layer_sizes": [(4,), (8,), (64, 64)]}
        given = {"estimator": net(max_iter=60), "space": space, "n_trials": n}
        resumed = found(journal=path, **given)
        assert trials(resumed) == trials(found(**given))
        for line in kept:
            assert resumed.trials[line["number"]].seconds == line["seconds"]
