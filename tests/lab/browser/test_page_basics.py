"""The page as it opens, in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_it_opens_and_trains(lab):
    lab.open(epochs=50)
    before = lab.cost()
    lab.train()
    assert lab.epoch() == 50
    assert lab.cost() < before
    expect(lab.find(".fact-epoch")).to_have_text("epoch 50 of 50")
