"""The lab's page as the tests handle it: what a person does with its controls, and what can be read on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, expect
from playwright.sync_api import Page as Tab

__all__ = ["Page", "Watched", "number", "shown"]

expect.set_options(timeout=60_000)

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def number(text: str) -> float:
    """Return the number of a text as format.ts writes it."""
    mantissa, _, exponent = text.strip().replace("\u2212", "-").partition("·10")
    return float(f"{mantissa}e{exponent.translate(SUPERSCRIPTS) or 0}")


def shown(text: str) -> float:
    """Return the worth of the last digit of a text as format.ts writes it."""
    mantissa, point, exponent = text.strip().partition("·10")
    digits = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent.translate(SUPERSCRIPTS) if point else 0) - digits)


@dataclass
class Watched:
    """A browser window, and what its pages' consoles objected to."""

    context: BrowserContext
    objections: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """Return a new page whose errors are noted."""
        tab = self.context.new_page()
        tab.on("console", self._heard)
        tab.on("pageerror", lambda error: self.objections.append(f"{error.name}: {error.message}\n{error.stack}"))
        return Page(tab)

    def expect(self, text: str) -> None:
        """Take one objection with this text as it should be."""
        found = next(one for one in self.objections if text in one)
        self.objections.remove(found)

    def forgive(self, *texts: str) -> None:
        """Take what has one of these texts: what may be asked too late, and is answered so."""
        self.objections[:] = [one for one in self.objections if not any(text in one for text in texts)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.objections.append(f"{message.text} ({message.location['url']})")


@dataclass(frozen=True)
class Page:
    """The page of a lab; `tab` is Playwright's."""

    tab: Tab

    def open(self, language: str | None = None, **settings: Any) -> Page:
        """Go to the address of these settings, and wait until all is drawn; runs go at full speed."""
        self.tab.goto(self._address(language, settings))
        self.tab.wait_for_selector("html[data-ready=true]")
        expect(self.find(".strip-row").first).to_be_attached()
        self.find("select.pace").select_option("")
        return self

    def go(self, language: str | None = None, **settings: Any) -> None:
        """Go to the address of these settings as one who types it, on the page that is open."""
        self.tab.goto(self._address(language, settings))
        expect(self.play).to_have_attribute("data-status", "ready")

    def _address(self, language: str | None, settings: Mapping[str, Any]) -> str:
        parts = {name: self._spelled(value) for name, value in settings.items()}
        parts |= {} if language is None else {"lang": language}
        return "/#" + "&".join(f"{name}={text}" for name, text in parts.items())

    @staticmethod
    def _spelled(value: Any) -> str:
        if value is None:
            return "~"
        return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    def find(self, selector: str) -> Locator:
        """Return what a CSS selector finds."""
        return self.tab.locator(selector)

    def button(self, name: str) -> Locator:
        """Return the visible button of a name."""
        return self.tab.get_by_role("button", name=name, exact=True)

    def text(self) -> str:
        """Return all that can be read on the page, but for the lessons: those may speak of NaN."""
        return "\n".join(self.find("header, .column, .foot, #opened").all_inner_texts())

    # ---------- settings ----------

    def set(self, **settings: Any) -> None:
        """Change settings with their controls."""
        for name, value in settings.items():
            getattr(self, f"_set_{name}", lambda to, name=name: self._set(name, to))(value)

    def _set(self, name: str, value: Any) -> None:
        row = self.find(f".setting.of-{name}")
        if row.locator("xpath=ancestor::details[not(@open)]").count():
            row.locator("xpath=ancestor::details/summary").click()
        if row.locator("select").count():
            row.locator("select").select_option(str(value))
        else:
            row.locator("input.number").fill(str(value))
            row.locator("input.number").press("Enter")

    def _set_hidden(self, sizes: list[int]) -> None:
        chips = self.find(".layer-chip")
        while chips.count() > len(sizes):
            chips.last.get_by_role("button", name="Remove").click()
        while chips.count() < len(sizes):
            before = chips.count()
            self.find(".add-layer").click()
            expect(chips).to_have_count(before + 1)
        for k, units in enumerate(sizes):
            chips.nth(k).locator("input.size").fill(str(units))
            chips.nth(k).locator("input.size").press("Enter")

    def _set_activations(self, names: list[str]) -> None:
        for k, name in enumerate(names):
            self.find(".layer-chip").nth(k).locator("select").select_option(name)

    def address(self) -> str:
        """Return the fragment."""
        return self.tab.url.partition("#")[2]

    # ---------- the run ----------

    @property
    def play(self) -> Locator:
        """The button that starts and pauses."""
        return self.find("button.play")

    def expect_status(self, status: str) -> None:
        """Wait for a status of the run."""
        expect(self.play).to_have_attribute("data-status", status)

    def train(self, status: str = "finished") -> None:
        """Train to the end, and wait until the page shows it."""
        self.play.click()
        self.settle(status)

    def settle(self, status: str = "finished") -> None:
        """Wait for the end of a run, and for its numbers on the page."""
        self.expect_status(status)
        expect(self.find(".fact-metric").first).to_be_attached()  # of the epoch that is shown, not of one before

    def hurry(self) -> None:
        """Let a run that is slowed down for the eye go at full speed."""
        self.find("select.pace").select_option("")

    @property
    def slider(self) -> Locator:
        """The timeline."""
        return self.find(".scrubber")

    def epoch(self) -> int:
        """Return the epoch that is shown."""
        return int(self.slider.get_attribute("aria-valuenow") or -1)

    def cost(self) -> float:
        """Return the cost that is shown beside the run's controls."""
        found = re.search(r"cost (\S+)", self.find(".fact-cost").inner_text())
        assert found is not None
        return number(found[1])

    def facts(self) -> Mapping[str, str]:
        """Return what stands beside the run's controls, by name."""
        spans = self.find(".run-facts span").evaluate_all("spans => spans.map(s => [s.className, s.textContent])")
        return {name.removeprefix("fact-"): text for name, text in spans}

    def tensors(self, root: str) -> dict[str, str]:
        """Return the numbers under an element as they are shown, by reference: "W[1]:0,2"."""
        cells = self.find(f"{root} [data-ref]")
        return dict(cells.evaluate_all("cells => cells.map(c => [c.dataset.ref, c.textContent])"))
