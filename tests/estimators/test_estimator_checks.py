"""scikit-learn's rules for estimators."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import layerwise as lw

pytestmark = pytest.mark.filterwarnings("default")


@parametrize_with_checks([lw.MLPClassifier(), lw.MLPRegressor(), lw.LogisticRegression()])
def test_of_scikit_learn(estimator, check):
    check(estimator)
