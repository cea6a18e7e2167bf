import numpy as np
import pytest

from layerwise.lab import Experiments, Gone, SettingError


@pytest.fixture
def lab():
    experiments = Experiments(most=3)
    yield experiments
    experiments.close()


def test_the_least_recently_used_experiment_is_closed_and_dropped(lab):
    first, second, third = (lab.new({"examples": 20, "data_seed": k}) for k in range(3))
    lab.get(first.id)
    fourth = lab.new({})
    assert len(lab) == 3
    assert [entry.closed for entry in (first, second, third, fourth)] == [False, True, False, False]
    with pytest.raises(Gone, match=r"holds 3\. Make a new one") as refused:
        lab.get(second.id)
    assert refused.value.code == "gone"


def test_sixteen_are_held_unless_told_otherwise():
    experiments = Experiments()
    held = [experiments.new({"examples": 20}) for _ in range(17)]
    assert len(experiments) == 16
    assert [experiment.closed for experiment in held] == [True] + 16 * [False]
    experiments.close()


def test_changed_settings_are_a_new_run_in_place_with_the_same_initial_weights(lab):
    before = lab.new({"examples": 30, "learning_rate": 0.5})
    after = lab.changed(before.id, {"l2": 1.0})
    assert after is lab.get(before.id) is not before
    assert before.closed
    assert (after.settings.l2, after.settings.learning_rate, after.settings.examples) == (1.0, 0.5, 30)
    assert after.data is before.data
    np.testing.assert_array_equal(after.moment(0).theta.vector, before.moment(0).theta.vector)
    other = lab.changed(before.id, {"seed": 8})
    assert not np.array_equal(other.moment(0).theta.vector, after.moment(0).theta.vector)
    assert lab.changed(before.id, {"noise": 0.4}).data is not before.data


def test_a_change_that_is_refused_leaves_the_experiment(lab):
    before = lab.new({})
    for given in ({"epochs": 0}, {"loss": "categorical_cross_entropy"}, {"preset": "table"}):
        with pytest.raises(SettingError):
            lab.changed(before.id, given)
    assert lab.get(before.id) is before
    assert not before.closed
    with pytest.raises(Gone):
        lab.changed("nothing", {})


def test_a_table_is_learnt_by_its_id_and_one_that_is_gone_says_so(lab):
    rows = "".join(f"{i % 7},{i % 2}\n" for i in range(40))
    upload = lab.tables.add("t.csv", f"a,b\n{rows}".encode())
    experiment = lab.new({"preset": "table", "table": upload.id, "target": "b"})
    assert experiment.data.target == "b"
    with pytest.raises(Gone, match="Give the file again"):
        lab.new({"preset": "table", "table": "gone", "target": "b"})


def test_closing_closes_all(lab):
    held = [lab.new({}), lab.new({})]
    lab.close()
    assert all(experiment.closed for experiment in held)
    assert len(lab) == 0
