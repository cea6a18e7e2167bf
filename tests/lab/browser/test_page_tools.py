"""What the page offers around a run: time travel, gradient check, homework, a second run, layers as chips."""

import numpy as np
import pytest
from driving import number
from playwright.sync_api import expect

from layerwise.equations import backward, forward, initialize
from layerwise.lab.course import network_of
from layerwise.lab.examples import dataset_of
from layerwise.lab.settings import checked

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

SMALL = {"examples": 12, "validation": 0, "hidden": [3], "learning_rate": 0.5, "epochs": 60}


def look(lab):
    """Return what changes with the epoch: facts, the numbers of the strip, the edges of the drawing, the surface."""
    expect(lab.find(".fact-metric")).to_be_attached()
    edges = lab.find("#drawing .line").evaluate_all("lines => lines.map(one => one.getAttribute('style'))")
    surface = lab.find("#surface canvas").first.evaluate("canvas => canvas.toDataURL()")
    return lab.facts()["cost"], lab.tensors("#strip"), edges, surface


def different(one, other):
    return [a != b for a, b in zip(one, other, strict=True)]


def strip_of(lab, W):
    """Wait until the strip shows these first weights: it asks the server for itself."""
    expect(lab.find("#strip [data-ref='W[1]:0,0']").first).to_have_attribute("title", W)


def first_weight(lab):
    return lab.find("#strip [data-ref='W[1]:0,0']").first.get_attribute("title")


def test_the_timeline_takes_the_whole_page_back_and_forth(lab):
    lab.open(**SMALL)
    initial = first_weight(lab)
    before = look(lab)
    lab.train()
    expect(lab.find("#strip [data-ref='W[1]:0,0']").first).not_to_have_attribute("title", initial)
    last, after = first_weight(lab), look(lab)
    assert all(different(before, after))

    lab.slider.press("Home")
    strip_of(lab, initial)
    expect(lab.find(".fact-past")).to_have_text("shown: epoch 0")
    assert lab.epoch() == 0
    assert look(lab) == before

    lab.slider.press("ArrowRight")
    expect(lab.find(".fact-past")).to_have_text("shown: epoch 1")
    expect(lab.find("#strip [data-ref='W[1]:0,0']").first).not_to_have_attribute("title", initial)
    first = look(lab)
    assert all(different(first, before)[:3])
    lab.slider.press("PageUp")
    expect(lab.find(".fact-past")).to_have_text("shown: epoch 11")

    lab.slider.press("End")
    strip_of(lab, last)
    expect(lab.find(".fact-past")).to_have_count(0)
    assert look(lab) == after

    box = lab.slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    lab.tab.mouse.move(box["x"] + box["width"] * 0.9, middle)
    lab.tab.mouse.down()
    lab.tab.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    half = lab.epoch()
    assert 25 < half < 35
    lab.tab.mouse.move(box["x"] + 1, middle, steps=5)
    lab.tab.mouse.up()
    strip_of(lab, initial)
    assert look(lab) == before

    lab.find("button.follow").click()
    strip_of(lab, last)
    assert look(lab) == after
    assert lab.facts()["status"] == "finished"


def test_flags_of_the_timeline_lead_to_their_epochs(lab):
    lab.open(**{**SMALL, "validation": 0.25, "initialization": "zeros"})
    lab.train()
    lab.find(".flag.of-symmetric_units").click()
    expect(lab.find(".fact-past")).to_have_text("shown: epoch 0")


def test_a_run_pauses_goes_on_and_begins_anew(lab):
    lab.open(**{**SMALL, "epochs": 1000})
    initial = first_weight(lab)
    lab.find("select.pace").select_option("25")
    lab.play.click()
    lab.expect_status("running")
    expect(lab.find(".fact-speed")).to_be_attached()
    lab.play.click()
    lab.settle("paused")
    paused = lab.epoch()
    assert 0 <= paused < 1000
    lab.button("One epoch").click()
    expect(lab.slider).to_have_attribute("aria-valuenow", str(paused + 1))
    lab.expect_status("paused")
    lab.find("select.pace").select_option("")
    lab.train()
    assert lab.epoch() == 1000
    lab.play.click()  # as long again
    expect(lab.find(".fact-epoch")).to_have_text("epoch 2\u202f000 of 2\u202f000")
    lab.button("Reset").click()
    strip_of(lab, initial)
    lab.set(seed=4)
    expect(lab.find("#strip [data-ref='W[1]:0,0']").first).not_to_have_attribute("title", initial)


def test_gradients_are_checked(lab):
    lab.open(**SMALL)
    lab.find(".panel.of-check .fold").click()
    lab.find("#check").get_by_role("button", name="Check gradients").click()
    expect(lab.find(".check-verdict.good")).to_be_visible()
    expect(lab.find(".check-map")).to_have_count(4)  # W and b of two layers
    lab.set(seed=5)
    expect(lab.find(".check-verdict")).to_have_text("")


def spelled(matrix, digits):
    return "; ".join(" ".join(f"{value:.{digits}g}" for value in row) for row in matrix)


def result(lab, name):
    """Return where a result that was worked out by hand is typed."""
    return lab.find(f"#homework textarea[aria-label^='{name},']")


def test_homework_is_exact_close_or_wrong(lab):
    settings = {**SMALL, "batch_size": None, "hidden": [2], "dtype": "float64"}
    lab.open(**settings)
    chosen = checked({**settings, "activations": ["tanh"]})
    data = dataset_of(chosen)
    net = network_of(chosen, data)
    theta = initialize(net, chosen.seed, chosen.initialization)
    theta.W[1][...] = [[0.5, -0.25], [1, 2]]
    run = forward(net, theta, data.X)
    grad = backward(net, theta, run, data.Y)

    lab.button("Check my homework").click()
    typed = {
        "W[1]": "0.5 -0.25\n1 2",
        "Z[1]": spelled(run.Z[1], 5),
        "A[1]": spelled(run.A[1] * 1.002, 5),
        "dW[1]": spelled(-grad.dW[1], 5),
        "dW[2]": spelled(grad.dW[2].T, 5),
    }
    lab.find("#homework details").evaluate_all("all => { for (const one of all) one.open = true; }")
    for name, text in typed.items():
        result(lab, name).fill(text)
    lab.button("Check my results").click()
    expect(lab.find(".homework-summary")).to_have_text("1 exact, 1 close, 2 wrong.")
    expect(lab.find(".verdict-exact")).to_have_text("exact")
    expect(lab.find(".verdict-close")).to_contain_text("close, largest difference")
    expect(lab.find(".verdict-wrong")).to_contain_text("The sign is the other way round.")
    expect(lab.find(".verdict-shape")).to_contain_text("This is the transpose of what is asked for.")
    largest = np.abs(run.A[1] * 0.002).max()
    said = lab.find(".verdict-close").inner_text().partition("difference ")[2].split()[0]
    assert number(said) == pytest.approx(largest, rel=0.1)

    result(lab, "dW[1]").fill("1 2; three 4")
    lab.button("Check my results").click()
    expect(lab.find("[aria-invalid=true]")).to_be_focused()
    expect(lab.find(".verdict-wrong")).to_have_text("“three” is not a number.")


def test_two_runs_with_one_thing_changed(lab):
    lab.open(**{**SMALL, "examples": 100, "epochs": 300})
    lab.find(".panel.of-compare .fold").click()
    lab.tab.get_by_label("Change one thing").select_option("initialization")
    lab.tab.get_by_label("to", exact=True).select_option("zeros")
    lab.find("#compare button.primary").click()
    expect(lab.find(".two-runs")).to_be_visible()
    lab.train()
    rows = lab.find(".two-runs tbody tr")
    expect(rows.filter(has_text="epoch").locator("td")).to_have_text(["300", "300"])
    ours, theirs = map(number, rows.filter(has_text="cost").first.locator("td").all_inner_texts())
    assert ours < theirs == pytest.approx(np.log(2), abs=0.02)
    expect(lab.find("#surface canvas:visible")).to_have_count(2)
    lab.slider.press("Home")
    expect(rows.filter(has_text="epoch").locator("td")).to_have_text(["0", "0"])
    lab.find("#compare").get_by_role("button", name="End the comparison").click()
    expect(lab.find(".two-runs")).to_be_hidden()
    expect(lab.find("#surface canvas:visible")).to_have_count(1)


def test_layers_are_chips(lab):
    lab.open(**SMALL)
    lab.set(hidden=[5, 4], activations=["relu", "tanh"])
    expect(lab.find(".net-shape")).to_contain_text("2 → 5 → 4 → 1")
    chips = lab.find(".layer-chip")
    chips.nth(1).locator(".handle").press("ArrowUp")
    expect(lab.find(".net-shape")).to_contain_text("2 → 4 → 5 → 1")
    expect(chips.nth(0).locator("select")).to_have_value("tanh")
    source, target = (chips.nth(k).locator(".handle").bounding_box() for k in (1, 0))
    lab.tab.mouse.move(source["x"] + 5, source["y"] + 5)
    lab.tab.mouse.down()
    lab.tab.mouse.move(source["x"] + 5, target["y"] - 5, steps=4)
    lab.tab.mouse.up()
    expect(lab.find(".net-shape")).to_contain_text("2 → 5 → 4 → 1")
    chips.nth(0).get_by_role("button", name="One unit more").click()
    expect(lab.find(".net-shape")).to_contain_text("2 → 6 → 4 → 1")
    expect(lab.find("#drawing [data-unit='1:5']")).to_be_visible()


def test_no_hidden_layers_are_logistic_regression(lab):
    lab.open(**SMALL)
    lab.set(hidden=[])
    expect(lab.find(".regression")).to_contain_text("ogistic regression")
    expect(lab.find(".net-shape")).to_contain_text("2 → 1")
    lab.train()
    assert 0 < lab.cost() < np.log(2)


def test_more_than_twelve_units_fold_and_a_layer_opens_to_its_matrices(lab):
    lab.open(**{**SMALL, "hidden": [20]})
    expect(lab.find("#drawing [data-unit^='1:']")).to_have_count(12)
    expect(lab.find("#drawing .folded")).to_have_text("+8 more")
    lab.find("button.layer-name").first.click()
    expect(lab.find(".opened-tensor")).to_have_count(8)
    expect(lab.find(".opened-dialog [data-ref='W[1]:19,1']")).to_be_visible()


def test_a_number_lights_up_everywhere(lab):
    lab.open(**SMALL)
    lab.find("#strip [data-ref='W[1]:1,0']").first.hover()
    expect(lab.find("#drawing [data-ref='W[1]:1,0'].lit")).to_be_attached()
    shown = lab.find("#strip [data-ref='W[1]:1,0']").first.inner_text()
    expect(lab.find(".drawing-readout .number")).to_have_text(shown)
