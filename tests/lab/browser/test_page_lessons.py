"""Every lesson from its first card to its last, done with the page's real controls."""

import pytest
from playwright.sync_api import expect

from layerwise.lab.lessons import lessons

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser lessons")]

LESSONS = {lesson["id"]: lesson for lesson in lessons()}
ANSWERED = {True: "✓ Right.", False: "✗ Not quite."}


def answer(lab, question):
    """Choose every answer, the right one last."""
    for choice in sorted(question["answers"], key=lambda choice: choice["right"]):
        button = lab.find(".answer").nth(question["answers"].index(choice))
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(lab.find(".feedback b")).to_contain_text(ANSWERED[choice["right"]])
    assert lab.find(".feedback").inner_text().strip() != ANSWERED[True]  # it says why


def cut(lab):
    """What of a card, and of the names around it, is wider than its place."""
    of_card, names = ".card .line, .card .listing, .card .answer", ".setting > label, .network, .node-name"
    parts = f"{of_card}, .lessons-foot, .lessons-place span, {names}"
    return lab.find(parts).evaluate_all(
        "parts => parts.filter(one => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1)"
        ".map(one => `${one.className}: ${one.textContent}`)"
    )


def bring_about(lab, card):
    """Do by hand what the card asks for, where its own actions do not reach its goal."""
    solution = card.get("solution", {})
    lab.set(**solution.get("settings", {}))
    for action in solution.get("actions", []):
        if action["do"] == "epoch":
            before = lab.epoch()
            lab.button("One epoch").click()
            expect(lab.slider).to_have_attribute("aria-valuenow", str(before + 1))
        else:
            assert action["do"] == "start"
            lab.play.click()


def until_reached(lab):
    """Wait for the goal; a run that is slowed down for the eye goes at full speed."""
    expect(lab.find(".goal[data-reached=true], button.play[data-status=running]").first).to_be_attached()
    if lab.play.get_attribute("data-status") == "running":
        lab.hurry()
    expect(lab.find(".goal")).to_have_attribute("data-reached", "true")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_from_its_first_card_to_its_last(lab, watched, name):
    lab.open()
    lab.button("Lessons").click()
    lab.find(f"[data-lesson={name}]").click()
    cards = LESSONS[name]["cards"]
    for at, card in enumerate(cards):
        expect(lab.find(f".card[data-card='{at}'] .card-title")).to_have_text(card["title"]["en"])
        for part in card.get("look", []):
            panel = {"network": "settings", "training": "settings"}.get(part, part)
            expect(lab.find(f".panel.looked-at #{panel}")).to_be_attached()
        if "question" in card:
            answer(lab, card["question"])
        if "until" in card:
            bring_about(lab, card)
            until_reached(lab)
        if any(action["do"] == "vectorization" for action in card.get("actions", [])):
            expect(lab.find(".timing-result")).to_contain_text("times as fast")
        assert "NaN" not in lab.text()
        assert cut(lab) == []
        expect(lab.find("#lessons .next")).to_have_text("Next lesson" if at + 1 == len(cards) else "Next")
        lab.find("#lessons .next").click()
    following = dict(zip(LESSONS, [*list(LESSONS)[1:], None], strict=True))[name]
    if following is None:
        expect(lab.find("#lessons h2")).to_have_text("Lessons")
    else:
        expect(lab.find(".card")).to_have_attribute("data-lesson", following)
        lab.button("‹ All lessons").click()
    expect(lab.find(f"[data-lesson={name}] .good")).to_have_text("✓ done")
    watched.forgive("/run)", "/strip?")  # a run that is over cannot be hurried, one that is reset has no last step


def test_the_browser_goes_back_card_by_card(lab, watched):
    """With the card come its settings, in one step."""
    lab.open()
    lab.button("Lessons").click()
    lab.find("[data-lesson=activations]").click()
    units = {0: "2 → 4 → 1", 2: "2 → 8 → 1", 4: "2 → 12 → 1"}
    for at in range(4):
        expect(lab.find(".card")).to_have_attribute("data-card", str(at))
        expect(lab.find("#lessons .next")).to_be_visible()
        expect(lab.find(".net-shape")).to_contain_text(units.get(at, "2 → 8"))
        lab.find("#lessons .next").click()
    lab.tab.wait_for_url("**hidden=12**card=5")
    for at in (3, 2):
        lab.tab.go_back()
        expect(lab.find(".card")).to_have_attribute("data-card", str(at))
        expect(lab.find(".net-shape")).to_contain_text("2 → 8 → 1")
    lab.tab.go_forward()
    lab.tab.go_forward()
    expect(lab.find(".card")).to_have_attribute("data-card", "4")
    expect(lab.find(".net-shape")).to_contain_text("2 → 12 → 1")
    watched.forgive("/run)", "/strip?")


def test_a_card_is_read_in_the_other_language_in_its_middle(lab):
    lab.open(lesson="vectorization", card=3)
    expect(lab.find(".timing-result")).to_contain_text("times as fast")
    lab.find(".answer").first.click()
    lab.tab.locator("header button", has_text="中文").click()
    expect(lab.find(".timing-result")).to_contain_text("倍")
    expect(lab.find(".feedback")).to_contain_text("不太对")
    lab.go(language="zh", lesson="hyperparameters")
    expect(lab.find(".lessons-head")).to_contain_text("什么是超参数")


def test_on_a_narrow_page_a_card_leads_to_what_it_speaks_of(lab):
    lab.tab.set_viewport_size({"width": 820, "height": 1180})
    lab.open(lesson="linear_layers", card=2)
    expect(lab.find("#strip .strip-row").first).not_to_be_in_viewport()
    lab.find(".looks").get_by_role("button", name="Equations").click()
    expect(lab.find("#strip .strip-row").first).to_be_in_viewport()
    lab.tab.set_viewport_size({"width": 1280, "height": 800})
    expect(lab.find(".looks")).to_be_hidden()
