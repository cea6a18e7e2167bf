/** Controls made from what the server declares of a setting: choice, number with slider, switch. */

import { attribute, el, replace, unique } from "../dom";
import { count, parsed, typed } from "../format";
import type { Language, Setting, Settings } from "../protocol";
import { sentence } from "../texts/sentences";
import { choiceName, rangeText, wordsOf } from "../texts/setting";
import { settings as texts } from "../texts/settings";

export interface Control {
  name: string;
  root: HTMLElement;
  /** Show what is set. */
  show(settings: Settings): void;
  /** Show what the server has against it; null: nothing. */
  object(error: string | null): void;
}

export interface Context {
  language: Language;
  change(settings: Partial<Settings>): void;
}

const settingOf = (settings: Settings, name: string): unknown => (settings as unknown as Record<string, unknown>)[name];

/** The row around a control: label, help, and a place for an objection. */
export function row(name: string, context: Context, ...inputs: HTMLElement[]): { root: HTMLElement; object: Control["object"] } {
  const words = wordsOf(context.language, name);
  const [help, error] = [unique("help"), unique("error")];
  const main = inputs[0];
  if (main !== undefined) {
    main.id ||= unique(name);
    attribute(main, "aria-describedby", help);
  }
  const objection = el("p", { id: error, class: "setting-error", role: "alert", hidden: true });
  const root = el(
    "div",
    { class: `setting of-${name}`, "data-setting": name },
    el("label", { for: main?.id, text: words.label, title: words.help }),
    el("div", { class: "setting-inputs" }, ...inputs),
    el("p", { id: help, class: "unseen", text: words.help }),
    objection,
  );
  const object = (said: string | null): void => {
    objection.hidden = said === null;
    objection.textContent = said === null ? "" : sentence(context.language, said);
    if (main === undefined) return;
    attribute(main, "aria-invalid", said === null ? null : "true");
    attribute(main, "aria-describedby", said === null ? help : `${error} ${help}`);
  };
  return { root, object };
}

/** A list to choose from. */
export function choiceControl(setting: Setting, context: Context): Control {
  const select = el("select", { onchange: () => context.change({ [setting.name]: select.value }) });
  for (const choice of setting.choices ?? []) select.append(el("option", { value: choice, text: choiceName(context.language, choice) }));
  return {
    name: setting.name,
    ...row(setting.name, context, select),
    show: (settings) => {
      select.value = String(settingOf(settings, setting.name));
    },
  };
}

const STEPS = 1000;

/** Where a value stands on a slider, 0 to 1000, and back: on a log slider equal ways are equal factors. */
function scaleOf(span: { minimum: number; maximum: number; log: boolean }): { place(value: number): number; value(place: number): number } {
  const [low, high] = span.log ? [Math.log(span.minimum), Math.log(span.maximum)] : [span.minimum, span.maximum];
  const within = (place: number): number => Math.min(Math.max(place, 0), STEPS);
  return {
    place: (value) => within(Math.round((STEPS * ((span.log ? Math.log(Math.max(value, span.minimum)) : value) - low)) / (high - low))),
    value(place) {
      const value = low + ((high - low) * place) / STEPS;
      return Number((span.log ? Math.exp(value) : value).toPrecision(span.log ? 2 : 3));
    },
  };
}

/** A number to type, with a slider where the server says what it spans, and a switch where null may stand for all. */
export function numberControl(setting: Setting, context: Context, nothing: string | null): Control {
  const { name, slider: span, kind } = setting;
  const whole = kind === "integer";
  const scale = span === undefined ? null : scaleOf(span);
  let now: number | null = null;
  let refused: string | null = null;

  const input = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", class: "number" });
  const slider = scale && el("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${wordsOf(context.language, name).label}, ${texts[context.language].slider}` });
  const none = setting.optional && nothing !== null ? el("input", { type: "checkbox" }) : null;

  const commit = (value: number | null): void => {
    if (value !== now) context.change({ [name]: value });
  };
  input.addEventListener("change", () => {
    const value = parsed(input.value);
    refused = input.value;
    if (value === null) {
      draw();
      object(null); // what was there before is right
    } else commit(whole ? Math.round(value) : value);
  });
  input.addEventListener("keydown", (event) => {
    const up = event.key === "ArrowUp";
    if (!up && event.key !== "ArrowDown") return;
    event.preventDefault();
    const value = parsed(input.value) ?? now ?? 0;
    const step = whole ? 1 : span?.log ? value : 10 ** Math.floor(Math.log10(Math.abs(value) || 0.1) - 1);
    const next = span?.log && !whole ? (up ? value * 1.25 : value / 1.25) : value + (up ? step : -step);
    input.value = typed(whole ? next : Number(next.toPrecision(3)));
    commit(Number(input.value));
  });
  if (slider !== null && scale !== null) {
    const read = (): number => (whole ? Math.round(scale.value(Number(slider.value))) : scale.value(Number(slider.value)));
    slider.addEventListener("input", () => {
      input.value = typed(read());
    });
    slider.addEventListener("change", () => commit(read()));
  }
  const least = span?.minimum ?? setting.minimum ?? 1;
  none?.addEventListener("change", () => commit(none.checked ? null : Math.max(least, 32)));

  function draw(): void {
    input.value = now === null ? "" : whole ? String(now) : typed(now);
    attribute(input, "placeholder", now === null ? nothing : null);
    if (none !== null) none.checked = now === null;
    if (slider === null || scale === null) return;
    slider.value = String(now === null ? STEPS : scale.place(now));
    attribute(slider, "aria-valuetext", now === null ? nothing : whole ? count(now) : typed(now));
  }

  const inputs = [input, slider, none && el("label", { class: "none" }, none, nothing)].filter((one) => one !== null);
  const { root, object } = row(name, context, ...inputs);
  return {
    name,
    root,
    object(error) {
      const typedIn = error === null || refused === null ? null : parsed(refused);
      const outside = typedIn !== null && (typedIn < (setting.minimum ?? typedIn) || typedIn > (setting.maximum ?? typedIn));
      object(outside ? rangeText(context.language, name, setting.minimum, setting.maximum) : error);
      if (error !== null && refused !== null) input.value = refused; // what was typed stays, to be mended
    },
    show(settings) {
      const value = settingOf(settings, name);
      now = typeof value === "number" ? value : null;
      draw();
    },
  };
}

/** A heading that folds controls away which few need. */
export function more(label: string, controls: HTMLElement[]): HTMLElement {
  const details = el("details", { class: "more" }, el("summary", { text: label }));
  details.append(...controls);
  return details;
}

/** Put controls in the place of others, the focus staying where it was. */
export function redraw(root: HTMLElement, ...children: HTMLElement[]): void {
  const focused = document.activeElement?.closest("[data-setting]")?.getAttribute("data-setting");
  replace(root, ...children);
  if (focused) root.querySelector<HTMLElement>(`[data-setting="${CSS.escape(focused)}"] :is(input, select, button)`)?.focus();
}
