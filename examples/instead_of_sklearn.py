"""scikit-learn's code, with one import changed, and what else there is then.

The same pipeline is fitted with scikit-learn's MLPClassifier and with Layerwise's; then come validation rows, another
score to stop by, class weights, and the derivative of the prediction by its inputs.
"""

import time

import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import layerwise as lw

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
OPTIONS = {"hidden_layer_sizes": (32,), "batch_size": 32, "max_iter": 300, "random_state": 0}


def the_same_pipeline():
    for name, MLPClassifier in (("scikit-learn", neural_network.MLPClassifier), ("layerwise", lw.MLPClassifier)):
        model = make_pipeline(StandardScaler(), MLPClassifier(**OPTIONS))
        start = time.perf_counter()
        model.fit(X_train, y_train)
        seconds = time.perf_counter() - start
        accuracy = model.score(X_test, y_test)
        print(f"{name:14}accuracy {accuracy:.3f}, {model[-1].n_iter_} epochs, {1000 * seconds:.0f} ms")


def what_else_there_is():
    scaler = StandardScaler().fit(X_train)
    inner, held_out, y_inner, y_held_out = train_test_split(
        scaler.transform(X_train), y_train, stratify=y_train, random_state=0
    )
    model = lw.MLPClassifier(
        activation="gelu", dropout=0.2, class_weight="balanced", early_stopping=True, scoring="neg_log_loss", **OPTIONS
    )
    model.fit(inner, y_inner, X_val=held_out, y_val=y_held_out)
    best = int(np.argmax(model.validation_scores_))
    print(f"\nearly stopping: {model.n_iter_} epochs, the weights of epoch {best + 1} are kept")
    print(f"accuracy {model.score(scaler.transform(X_test), y_test):.3f} with dropout, GELU and balanced classes")

    slopes = np.abs(model.input_gradient(scaler.transform(X_test))).mean(axis=0)
    names = load_breast_cancer().feature_names[np.argsort(-slopes)[:3]]
    print(f"what the prediction depends on most: {', '.join(names)}")


if __name__ == "__main__":
    the_same_pipeline()
    what_else_there_is()
