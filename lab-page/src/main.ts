/** The page's beginning: ask what there is, make an experiment, draw the shell, and hang the panels into it. */

import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/page.css";
import { el, replace } from "./dom";
import { listenToKeys } from "./keyboard";
import type { Lab, Panel } from "./lab";
import { panelOf } from "./lessons/looks";
import { drawShell } from "./shell";
import { openLab } from "./store";
import { messageOf } from "./texts/message";
import { shell as texts } from "./texts/shell";

/** Mounted at once, in this order; the others follow when the first are painted. */
const FIRST = ["data", "settings", "timeline", "drawing", "surface", "curves"];

const files = import.meta.glob<{ panel: Panel }>("./panels/*.ts");

async function mount(name: string, lab: Lab): Promise<void> {
  const root = document.getElementById(name);
  const load = files[`./panels/${name}.ts`];
  if (root === null || load === undefined) return;
  const { panel } = await load();
  panel(root, lab);
}

async function begin(page: HTMLElement): Promise<void> {
  const lab = await openLab();
  drawShell(page, lab);
  listenToKeys(lab);
  lightUp(lab);
  await Promise.all(FIRST.map((name) => mount(name, lab)));
  const rest = Object.keys(files).map((path) => path.slice("./panels/".length, -".ts".length));
  await Promise.all(rest.filter((name) => !FIRST.includes(name)).map((name) => mount(name, lab)));
  document.documentElement.dataset.ready = "true";
}

/** A lesson points at panels: they get a frame, and the first is brought into view. */
function lightUp(lab: Lab): void {
  lab.on("lesson", () => {
    const looked = new Set(lab.state.look.map(panelOf));
    for (const panel of document.querySelectorAll(".panel")) {
      const name = panel.querySelector(".panel-body")?.id ?? "";
      panel.classList.toggle("looked-at", looked.has(name));
    }
  });
}

const page = document.getElementById("page");
if (page !== null) {
  begin(page).catch((failure: unknown) => {
    const language = navigator.language.startsWith("zh") ? "zh" : "en";
    replace(page, el("main", { class: "failure", role: "alert" }, el("h1", { text: texts[language].failed }), el("p", { text: messageOf(failure, language) })));
  });
}
