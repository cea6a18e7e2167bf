import subprocess
import sys

import numpy as np
import pytest

from layerwise.lab import SettingError, checked
from layerwise.lab.examples import dataset_of, split
from layerwise.lab.presets import PRESETS

DRAWN = ["flower", "moons", "circles", "spiral", "xor", "waves"]


@pytest.mark.parametrize("preset", DRAWN)
def test_the_same_seed_gives_the_same_points_and_another_one_others(preset):
    one, again, other = (dataset_of(checked({"preset": preset, "data_seed": seed})) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.X, again.X)
    np.testing.assert_array_equal(one.Y, again.Y)
    assert not np.array_equal(one.X, other.X)
    assert one.task == PRESETS[preset].task


@pytest.mark.parametrize("preset", DRAWN)
def test_noise_moves_the_points_and_examples_counts_them(preset):
    calm, rough = (dataset_of(checked({"preset": preset, "noise": noise, "examples": 60})) for noise in (0.0, 0.4))
    assert calm.m == 48
    assert calm.validation[0].shape == (2, 12)
    assert np.abs(calm.X).max() <= 1.1
    assert not np.array_equal(np.vstack([calm.X, calm.Y]), np.vstack([rough.X, rough.Y]))


def test_without_noise_the_points_lie_on_their_curves():
    def raw(preset):
        return PRESETS[preset].make(examples=40, noise=0.0, data_seed=1)

    X, label, *_ = raw("circles")
    np.testing.assert_allclose(np.hypot(*X), np.where(label == 0, 0.9, 0.45))
    X, label, *_ = raw("xor")
    np.testing.assert_array_equal(label, X[0] * X[1] < 0)
    X, y, *_ = raw("waves")
    np.testing.assert_allclose(y, np.sin(np.pi * X[0]) * np.cos(np.pi * X[1] / 2))
    X, label, *_ = raw("flower")
    t = 2 * np.pi * np.arange(40) / 40
    np.testing.assert_allclose(X, np.sin(4 * t) * np.vstack([np.sin(t), np.cos(t)]), atol=1e-12)


def test_parity_is_every_input_once():
    data = dataset_of(checked({"preset": "parity", "bits": 3, "validation": 0}))
    assert data.validation is None
    assert {tuple(column) for column in data.X.T.astype(int)} == set(np.ndindex(2, 2, 2))
    np.testing.assert_array_equal(data.Y[0], data.X.sum(axis=0) % 2)


@pytest.mark.parametrize("preset", ["digits", "breast_cancer"])
def test_the_data_of_scikit_learn_are_its_own_without_its_import(preset):
    code = f"import sys; from layerwise.lab.presets import PRESETS; PRESETS[{preset!r}].make(); print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert b"sklearn" not in imported
    loaded = getattr(pytest.importorskip("sklearn.datasets"), f"load_{preset}")()
    raw = PRESETS[preset].make()
    np.testing.assert_array_equal(raw.X * (16 if preset == "digits" else 1), loaded.data.T)
    np.testing.assert_array_equal(raw.label, loaded.target)
    assert raw.inputs == tuple(map(str, loaded.feature_names))
    assert raw.classes == tuple(map(str, loaded.target_names))


def test_digits_are_classes_and_tumours_are_standardised_by_the_training_examples():
    data = dataset_of(checked({"preset": "digits"}))
    assert (data.task, data.X.shape[0], data.Y.shape[0], len(data.inputs)) == ("classes", 64, 10, 64)
    assert data.outputs == data.classes == tuple("0123456789")
    np.testing.assert_array_equal(data.Y.sum(axis=0), 1)
    data = dataset_of(checked({"preset": "breast_cancer", "dtype": "float64"}))
    np.testing.assert_allclose(data.X.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(data.X.std(axis=1), 1)
    assert data.outputs == ("diagnosis",)
    assert abs(data.validation[0].mean(axis=1)).max() > 1e-3


def test_drawn_points_are_learnt_by_their_labels():
    two = dataset_of(checked({"preset": "points", "points": [[0, 0, 3], [1, 0, 5], [0, 1, 3]], "validation": 0}))
    assert (two.task, two.classes) == ("binary", ("3", "5"))
    np.testing.assert_array_equal(two.Y, [[0, 1, 0]])
    three = dataset_of(checked({"preset": "points", "points": [[0, 0, k % 3] for k in range(9)], "validation": 0}))
    assert three.task == "classes"
    assert three.Y.shape == (3, 9)
    for points in ([], [[0, 0, 1], [1, 1, 1]]):
        with pytest.raises(SettingError, match="at least two classes") as refused:
            dataset_of(checked({"preset": "points", "points": points}))
        assert refused.value.setting == "points"


def test_the_split_takes_the_same_part_of_every_group_and_nobody_twice():
    groups = np.repeat([0, 1, 2], [60, 30, 10])
    learnt, held = split(groups, 0.2, seed=4)
    np.testing.assert_array_equal(np.sort(np.concatenate([learnt, held])), np.arange(100))
    assert np.bincount(groups[held]).tolist() == [12, 6, 2]
    assert not np.array_equal(held, split(groups, 0.2, seed=5)[1])
    assert len(split(groups, 0.0, seed=4)[1]) == 0
