/** Network and training: a control for every setting the server declares of these groups. */

import { type Context, type Control, choiceControl, more, numberControl, redraw } from "../controls/control";
import { layersControl } from "../controls/layers";
import { el, replace } from "../dom";
import { count } from "../format";
import type { Events, Lab, Panel } from "../lab";
import type { Setting, Settings } from "../protocol";
import "../styles/settings.css";
import { filled } from "../texts/filled";
import { choiceName } from "../texts/setting";
import { settings as texts } from "../texts/settings";

/** Folded away at first. */
const FOLDED = new Set(["schedule", "engine", "dtype", "loss"]);

/** Settings that say something only with another one. */
const NEEDS: Record<string, (settings: Settings) => boolean> = { scale: (settings) => settings.initialization === "normal" };

export const panel: Panel = (root, lab) => {
  let controls: Control[] = [];
  let objected: Events["objection"] | null = null;

  const draw = (): void => {
    const { about, language } = lab.state;
    const t = texts[language];
    const context: Context = { language, change: (settings) => void lab.change(settings) };
    const make = (setting: Setting): Control[] => {
      if (setting.name === "activations") return [];
      if (setting.name === "hidden") {
        const activations = about.settings.find((one) => one.name === "activations") ?? setting;
        return [layersControl(setting, activations, about.limits.hidden_layers, context)];
      }
      if (setting.kind === "choice") return [choiceControl(setting, context)];
      return setting.kind === "integer" || setting.kind === "number" ? [numberControl(setting, context, t.all)] : [];
    };
    const group = (name: Setting["group"]): HTMLElement[] => {
      const own = about.settings.filter((one) => one.group === name).flatMap(make);
      controls.push(...own);
      const folded = own.filter((control) => FOLDED.has(control.name)).map((control) => control.root);
      return [...own.filter((control) => !FOLDED.has(control.name)).map((control) => control.root), ...(folded.length > 0 ? [more(t.more, folded)] : [])];
    };
    controls = [];
    const network = group("network");
    const training = group("training");
    redraw(root, el("h3", { text: t.network }), shape, ...network, el("h3", { text: t.training }), ...training);
    root.querySelector(".of-seed .setting-inputs")?.append(newSeed(lab, t.new_seed, t.new_seed_help));
    const kept = objected;
    show();
    if (kept !== null) object(kept);
    describe();
  };

  const shape = el("p", { class: "net-shape" });

  const show = (): void => {
    const { settings } = lab.state;
    objected = null;
    for (const control of controls) {
      control.object(null);
      control.show(settings);
      control.root.hidden = !(NEEDS[control.name]?.(settings) ?? true);
    }
  };

  const describe = (): void => {
    const { description, language } = lab.state;
    const t = texts[language];
    const output = filled(t.output, {
      units: count(description.sizes.at(-1) ?? 1),
      activation: choiceName(language, description.activations.at(-1) ?? ""),
      loss: choiceName(language, description.loss),
    });
    replace(
      shape,
      el("span", { text: filled(t.shape, { sizes: description.sizes.join(" → "), parameters: count(description.parameters) }) }),
      el("span", { text: output }),
    );
  };

  const object = (objection: Events["objection"]): void => {
    const { error, setting } = objection;
    const name = setting === "activations" ? "hidden" : setting;
    const control = controls.find((one) => one.name === name);
    if (control === undefined) return;
    objected = objection;
    control.object(error);
    control.root.closest("details")?.setAttribute("open", "");
  };

  draw();
  const ends = [lab.on("settings", show), lab.on("description", describe), lab.on("language", draw), lab.on("objection", object)];
  return () => {
    for (const end of ends) end();
  };
};

function newSeed(lab: Lab, text: string, help: string): HTMLElement {
  return el("button", { type: "button", class: "new-seed", title: help, text, onclick: () => void lab.change({ seed: Math.floor(Math.random() * 10_000) }) });
}
