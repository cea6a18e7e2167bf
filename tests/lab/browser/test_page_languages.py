"""English and Chinese, and the address, which holds the settings."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

VISIBLE = """() => {
    const said = [document.title];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const at = walk.currentNode.parentElement;
        if (!at.closest(".katex, code, kbd, noscript, #language, [hidden]")) said.push(walk.currentNode.textContent);
    }
    for (const name of ["aria-label", "title", "placeholder", "aria-valuetext"])
        for (const one of document.querySelectorAll(`[${name}]`)) said.push(one.getAttribute(name));
    return [...new Set(said)];
}"""
NAMES = re.findall(
    r"\w+",
    """
    Adam AdamW CSV Dropout ELU Epoch GELU Glorot Huber Layerwise LeCun Leaky MLPClassifier MLPRegressor Mini
    Mish Model Nesterov NumPy PNG PyTorch Python RMSProp ReLU ReLUs SELU SVG SiLU Xavier batch class coslog
    dropout epoch float layerwise learn load log loss mini native norm numpy relu scikit sigmoid softmax
    softplus tanh torch
    """,
)
"""Words that the Chinese notes leave as they are, and names."""


def english(lab):
    """Return the words of the page that are neither Chinese nor names."""
    return {
        word: text
        for text in lab.tab.evaluate(VISIBLE)
        for word in re.findall(r"[A-Za-z]{3,}", text)
        if word not in NAMES and not text.startswith("笔记：")  # headings of the notes, as they stand there
    }


def test_no_english_is_left_where_chinese_is_on(lab):
    lab.open("zh", epochs=30, initialization="zeros", hidden=[4, 4])
    expect(lab.find("html")).to_have_attribute("lang", "zh-CN")
    for fold in lab.find("button.fold").all():
        fold.click()
    lab.train()
    lab.find("#check button.primary").click()
    expect(lab.find(".check-verdict.good")).to_be_visible()
    lab.find("#compare button.primary").click()
    expect(lab.find(".two-runs")).to_be_visible()
    assert english(lab) == {}
    lab.find("#lessons-button").click()
    expect(lab.find(".lesson-entry").first).to_be_visible()
    assert english(lab) == {}
    lab.find("#drawing button.layer-name").first.click()
    expect(lab.find(".opened-tensor").first).to_be_visible()
    assert english(lab) == {}
    lab.find(".opened-dialog").press("Escape")
    lab.find("#drawing [data-unit='1:0']").click()
    expect(lab.find(".graph-node").first).to_be_visible()
    assert english(lab) == {}


def test_a_run_that_diverged_is_told_in_chinese(lab):
    lab.open("zh", preset="waves", learning_rate=1e6, epochs=50)
    lab.train("diverged")
    assert english(lab) == {}


def test_what_the_server_refuses_is_said_in_chinese_and_anew_in_english(lab, watched):
    lab.open("zh")
    lab.find(".of-learning_rate input.number").fill("-5")
    lab.find(".of-learning_rate input.number").press("Enter")
    expect(lab.find(".of-learning_rate .setting-error")).to_have_text("“学习率 α”必须在 1e-12 与 1000000000 之间。")
    watched.expect("400")
    lab.set(dropout=0.5)
    lab.find(".layer-chip .remove").click()
    said = lab.find(".of-dropout .setting-error")
    expect(said).to_have_text("没有隐藏层时“Dropout”必须为 0：它只作用于隐藏层。实际为 0.5。")
    watched.expect("400")
    broken = {"name": "broken.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n1,2,3,4\n"}
    lab.find("input[type=file]").set_input_files(broken)
    refused = lab.find(".reader .setting-error")
    expect(refused).to_contain_text("表格“broken.csv”第 2 行：每行都必须与表头一样有 2 个单元格。实际为 4。")
    watched.expect("400")
    assert {word for word in english(lab) if word not in ("broken", "csv")} == set()
    lab.find("#language").click()
    expect(refused).to_contain_text("row 2: every row must have 2 fields")
    expect(said).to_contain_text("must be 0 without hidden layers")


def test_the_notices_of_a_table_are_in_chinese(lab):
    lab.open("zh")
    rows = "".join(f"{k},1,{k * k % 37},{k % 2}\n" for k in range(40))
    table = {"name": "t.csv", "mimeType": "text/csv", "buffer": f"一,二,三,四\n{rows}".encode()}
    lab.find("input[type=file]").set_input_files(table)
    expect(lab.find("#data .notices li")).to_have_text(
        ["未使用列“一”：该列是行号（逐行正好加 1）。", "未使用列“二”：该列为常数（每行的值都相同）。"]
    )
    assert {word for word in english(lab) if word != "csv"} == set()


def test_the_two_costs_say_what_each_is_of(lab):
    lab.open("zh", epochs=5)
    lab.train()
    expect(lab.find("#curves .legend-entry").first).to_have_attribute("title", re.compile("各步的平均"))
    expect(lab.find(".fact-cost")).to_have_attribute("title", re.compile("最后一步之后的权重"))
    lab.find("#language").click()
    expect(lab.find("#curves .legend-entry").first).to_have_attribute("title", re.compile("mean over the steps"))
    expect(lab.find(".fact-cost")).to_have_attribute("title", re.compile("weights after the last step"))


def test_the_page_switches_and_remembers(lab):
    lab.open()
    lab.find("#language").click()
    expect(lab.find("h1")).to_have_text("Layerwise 实验室")
    expect(lab.find(".of-hidden label").first).to_have_text("隐藏层")
    assert "lang=zh" in lab.address()
    lab.find("#theme").click()
    expect(lab.find("html")).to_have_attribute("data-theme", "dark")
    lab.tab.goto("about:blank")
    lab.tab.goto("/")
    expect(lab.find("h1")).to_have_text("Layerwise 实验室")
    expect(lab.find("html")).to_have_attribute("data-theme", "dark")


def first_weights(lab):
    return {name: text for name, text in lab.tensors("#strip").items() if name.startswith("W[1]")}


def test_the_address_restores_the_settings(lab, watched):
    lab.open()
    lab.set(hidden=[7, 3], activations=["relu", "sigmoid"], learning_rate=0.03, optimizer="adam", seed=11)
    lab.find("[data-preset=spiral]").click()
    expect(lab.find(".net-shape")).to_contain_text("2 → 7 → 3 → ")
    lab.tab.wait_for_url("**preset=spiral**")
    expect(lab.find("#strip [data-ref='W[1]:6,1']").first).to_be_visible()

    again = watched.page()
    again.tab.goto(lab.tab.url)
    expect(again.find("#strip [data-ref='W[1]:6,1']").first).to_be_visible()
    for _ in range(100):  # a strip of the settings before may still stand on either page
        if first_weights(again) == first_weights(lab):
            break
        again.tab.wait_for_timeout(100)
    assert first_weights(again) == first_weights(lab)
    expect(again.find(".of-learning_rate input.number")).to_have_value("0.03")
    expect(again.find(".of-optimizer select")).to_have_value("adam")
    expect(again.find(".of-seed input.number")).to_have_value("11")
    expect(again.find("[data-preset=spiral]")).to_have_attribute("aria-checked", "true")


def test_back_and_forward(lab):
    lab.open()
    lab.set(optimizer="adam")
    lab.tab.wait_for_url("**optimizer=adam**")
    lab.set(hidden=[9])
    expect(lab.find(".net-shape")).to_contain_text("2 → 9 → 1")
    lab.tab.wait_for_url("**hidden=9**")
    lab.tab.go_back()
    expect(lab.find(".net-shape")).to_contain_text("2 → 4 → 1")
    expect(lab.find(".of-optimizer select")).to_have_value("adam")
    lab.tab.go_back()
    expect(lab.find(".of-optimizer select")).to_have_value("gradient_descent")
    lab.tab.go_forward()
    lab.tab.go_forward()
    expect(lab.find(".net-shape")).to_contain_text("2 → 9 → 1")


def test_an_address_that_means_nothing_gives_a_page_and_a_sentence(lab, watched):
    lab.tab.goto("/#learning_rate=-5&optimizer=adma&nonsense=1")
    expect(lab.find("[role=alert]:visible").first).to_contain_text("Did you mean 'adam'?")
    expect(lab.find(".of-optimizer select")).to_have_value("gradient_descent")
    watched.expect("400")
