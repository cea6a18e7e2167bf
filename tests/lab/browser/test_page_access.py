"""The page without a mouse, for screen readers, and through a lost connection."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parents[3] / "lab-page" / "node_modules" / "axe-core" / "axe.min.js"
FOCUS = """() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    const box = at.getBoundingClientRect();
    at.dataset.passed = (Number(at.dataset.passed ?? 0) + 1).toString();
    return { name: at.tagName + "#" + at.id + "." + at.className, ring, seen: box.width > 0 && box.height > 0,
             passed: Number(at.dataset.passed), body: at === document.body };
}"""
PASSED = """() => {
    const all = document.querySelectorAll(
        "button, a[href], select, textarea, summary, [tabindex='0'], input:not([type=radio], [type=file])"
    );
    return [...all].filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.dataset.passed)
        .map((one) => one.outerHTML.slice(0, 120));
}"""


def test_tab_reaches_every_control_and_shows_where_it_is(lab):
    lab.open(hidden=[3], examples=20)
    lab.find("body").press("Tab")
    unseen = []
    for _ in range(600):
        at = lab.tab.evaluate(FOCUS)
        if at["body"] or at["passed"] > 1:
            break
        if not at["ring"] or not at["seen"]:
            unseen.append(at["name"])
        lab.tab.keyboard.press("Tab")
    assert unseen == []
    assert lab.tab.evaluate(PASSED) == []


def test_a_run_by_keys_alone(lab):
    lab.open(hidden=[3], epochs=40)
    keys = lab.tab.keyboard
    keys.press("Space")
    lab.expect_status("finished")
    assert lab.epoch() == 40
    keys.press("Home")
    expect(lab.slider).to_have_attribute("aria-valuenow", "0")
    keys.press("ArrowRight")
    expect(lab.slider).to_have_attribute("aria-valuenow", "1")
    keys.press("PageUp")
    expect(lab.slider).to_have_attribute("aria-valuenow", "11")
    keys.press("f")
    expect(lab.slider).to_have_attribute("aria-valuenow", "40")
    lab.slider.focus()
    keys.press("ArrowLeft")
    expect(lab.slider).to_have_attribute("aria-valuenow", "39")
    keys.press("g")
    expect(lab.find("#drawing [data-ref='dW[1]:0,0']")).to_be_attached()
    lab.find("h1").click()
    keys.press("r")
    lab.expect_status("ready")
    keys.press("e")
    expect(lab.slider).to_have_attribute("aria-valuenow", "1")
    keys.press("l")
    expect(lab.find("#lessons")).to_be_visible()
    keys.press("c")
    expect(lab.find("html")).to_have_attribute("lang", "zh-CN")
    keys.press("d")
    expect(lab.find("html")).to_have_attribute("data-theme", "dark")


def test_what_enter_opens_escape_closes_and_the_focus_is_back(lab):
    lab.open(hidden=[3])
    for name in ("[data-unit='1:1']", "button.layer-name"):
        opener = lab.find(f"#drawing {name}").first
        opener.focus()
        lab.tab.keyboard.press("Enter")
        expect(lab.find(".opened-dialog")).to_be_visible()
        assert lab.find(".opened-dialog :focus").count() == 1
        lab.tab.keyboard.press("Escape")
        expect(lab.find(".opened-dialog")).to_be_hidden()
        expect(opener).to_be_focused()
    lab.find("#help").focus()
    lab.tab.keyboard.press("Enter")
    expect(lab.find("#keys")).to_be_visible()
    lab.tab.keyboard.press("Escape")
    expect(lab.find("#help")).to_be_focused()


def test_arrows_walk_the_numbers_of_a_matrix(lab):
    lab.open(hidden=[3])
    lab.find("#strip [data-ref='W[1]:0,0']").first.focus()
    lab.tab.keyboard.press("ArrowDown")
    lab.tab.keyboard.press("ArrowRight")
    expect(lab.find("#strip [data-ref='W[1]:1,1']").first).to_be_focused()
    expect(lab.find("#drawing [data-ref='W[1]:1,1'].lit")).to_be_attached()


def serious(lab):
    """Return what axe objects to seriously: its rule, and where. Pictures have their text once they are drawn."""
    expect(lab.find("[role=img]:not([aria-label]):visible")).to_have_count(0)
    found = lab.tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_serious(lab, language, theme):
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci in lab-page")
    lab.tab.emulate_media(color_scheme=theme)
    lab.open(language, hidden=[3, 2], examples=30, epochs=20, initialization="zeros")
    lab.tab.evaluate(AXE.read_text(encoding="utf-8"))
    lab.train()
    assert serious(lab) == []
    for fold in lab.find("button.fold").all():
        fold.click()
    lab.find("#check button.primary").click()
    expect(lab.find(".check-verdict.good")).to_be_visible()
    lab.find("#compare button.primary").click()
    expect(lab.find(".two-runs")).to_be_visible()
    lab.find("#lessons-button").click()
    lab.find("[data-lesson=hidden_layer]").click()
    expect(lab.find(".card")).to_be_visible()
    assert serious(lab) == []
    lab.find("#drawing button.layer-name").first.click()
    expect(lab.find(".opened-tensor").first).to_be_visible()
    assert serious(lab) == []
    lab.find(".opened-dialog").press("Escape")
    lab.find("#help").click()
    assert serious(lab) == []


def test_a_lost_connection_is_told_and_mended(lab, watched):
    lab.open(epochs=5000)
    lab.find("select.pace").select_option("25")
    lab.play.click()
    lab.expect_status("running")
    watched.context.set_offline(True)
    lab.button("One epoch").click()
    expect(lab.find("[role=alert]:visible").first).to_be_visible()
    watched.context.set_offline(False)
    expect(lab.find(".connection")).to_be_hidden()
    before = lab.epoch()
    lab.button("One epoch").click()
    expect(lab.slider).not_to_have_attribute("aria-valuenow", str(before))
    watched.expect("ERR_INTERNET_DISCONNECTED")
