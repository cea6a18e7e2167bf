import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import layerwise as lw


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_fold_and_each_preprocessing_goes_on_from_its_own_fit():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), lw.MLPClassifier(hidden_layer_sizes=(5,), random_state=0))
    folds = StratifiedKFold(3)  # of equally many rows
    search = lw.HalvingGridSearchCV(
        pipeline,
        {"standardscaler__with_mean": [True, False], "standardscaler__with_std": [True, False]},
        resource="mlpclassifier__max_iter", min_resources=4, max_resources=8, factor=2, cv=folds,
        scoring="neg_log_loss",
    ).fit(X, y)  # fmt: skip
    last = search.cv_results_["iter"] == 1
    assert last.sum() == 2
    for k in np.flatnonzero(last):
        alone = clone(pipeline).set_params(**search.cv_results_["params"][k])
        for fold, (train, test) in enumerate(folds.split(X, y)):
            of_fold = clone(alone).fit(X[train], y[train])
            P = of_fold.predict_proba(X[test]).astype(float)
            expected = np.log(P[np.arange(len(test)), y[test]]).mean()
            assert search.cv_results_[f"split{fold}_test_score"][k] == pytest.approx(expected, abs=1e-6)
