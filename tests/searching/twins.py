"""A search of this library beside scikit-learn's own around the same estimator."""

import contextlib
import io
import re
import warnings

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - without it the next line fails
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

import layerwise as lw

TWINS = {
    "grid": (lw.GridSearchCV, GridSearchCV),
    "random": (lw.RandomizedSearchCV, RandomizedSearchCV),
    "halving grid": (lw.HalvingGridSearchCV, HalvingGridSearchCV),
    "halving random": (lw.HalvingRandomSearchCV, HalvingRandomSearchCV),
}
LEARNT = ("coefs_", "intercepts_", "coef_", "intercept_", "loss_curve_", "n_iter_", "classes_", "t_")


def fitted(search, X, y=None, **params):
    """The search and the kinds of warnings that it gave, each once."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        search.fit(X, y, **params)
    return search, {each.category.__name__ for each in noted}


def bits(estimator):
    """What an estimator, or the steps of a pipeline, have learnt, comparable."""
    if hasattr(estimator, "steps"):
        return [learnt for _, step in estimator.steps if step != "passthrough" for learnt in bits(step)]
    return [(type(estimator), name, _bits(vars(estimator)[name])) for name in LEARNT if name in vars(estimator)]


def _bits(value):
    if isinstance(value, list):
        return [_bits(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def without_times(results):
    return {name: values for name, values in results.items() if not name.endswith("_time")}


def assert_same_results(ours, theirs):
    """All of `cv_results_` but the times."""
    ours, theirs = map(without_times, (ours, theirs))
    assert list(ours) == list(theirs)
    for name, values in ours.items():
        if name == "params":
            assert list(map(repr, values)) == list(map(repr, theirs[name]))
        elif name.startswith("param_"):
            assert repr(values) == repr(theirs[name]), name
        else:
            np.testing.assert_array_equal(values, theirs[name], err_msg=name)


def assert_twins(kind, estimator, space, X, y=None, params=None, n_jobs=None, **options):
    """Fit both searches, and hold all that they tell against each other; return ours, which has `n_jobs`."""
    (ours, said), (theirs, said_there) = (
        fitted(search(estimator, space, n_jobs=jobs, **options), X, y, **(params or {}))
        for search, jobs in zip(TWINS[kind], (n_jobs, None), strict=True)
    )
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert said == said_there
    for name in ("best_index_", "best_score_", "best_params_", "n_splits_", "multimetric_", "n_features_in_"):
        assert repr(getattr(ours, name, None)) == repr(getattr(theirs, name, None)), name
    for name in ("n_resources_", "n_candidates_", "n_iterations_", "n_required_iterations_"):
        assert getattr(ours, name, None) == getattr(theirs, name, None), name
    if options.get("refit", True):
        assert bits(ours.best_estimator_) == bits(theirs.best_estimator_) != []
        assert hasattr(ours, "refit_time_")
    return ours


def printed(call):
    """What a call prints, without the numbers of seconds and the dots before them."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call()
    return [re.sub(r"\.{2,}|\d+\.\ds$", "", line) for line in out.getvalue().splitlines()]
