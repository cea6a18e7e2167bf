/** The hidden layers as chips: add, remove, size, choose the activation, and move by dragging or with the arrow keys. */

import { attribute, el, replace, say } from "../dom";
import { parsed } from "../format";
import type { Setting, Settings } from "../protocol";
import { layers as texts } from "../texts/layers";
import { choiceName } from "../texts/setting";
import { type Context, type Control, row } from "./control";

interface Layer {
  units: number;
  activation: string;
}

/** The control of both settings of the hidden layers. */
export function layersControl(hidden: Setting, activations: Setting, most: number, context: Context): Control {
  const t = texts[context.language];
  const list = el("ol", { class: "layers" });
  const add = el("button", { type: "button", class: "add-layer", onclick: () => change([...layers, layers.at(-1) ?? { units: 4, activation: "tanh" }], layers.length) });
  const holder = el("div", { class: "layers-holder" }, list, add);
  let layers: Layer[] = [];
  let focus: { layer: number; on: string } | null = null;

  function change(next: Layer[], focused: number, on = "size"): void {
    focus = { layer: focused, on };
    context.change({ hidden: next.map((layer) => layer.units), activations: next.map((layer) => layer.activation) });
  }

  function set(k: number, part: Partial<Layer>, on: string): void {
    change(
      layers.map((layer, at) => (at === k ? { ...layer, ...part } : layer)),
      k,
      on,
    );
  }

  function move(from: number, to: number): void {
    if (to < 0 || to >= layers.length || to === from) return;
    const next = [...layers];
    next.splice(to, 0, ...next.splice(from, 1));
    say(`${t.layer} ${from + 1} → ${to + 1}`);
    change(next, to, "handle");
  }

  function sized(k: number, units: number): void {
    set(k, { units: Math.min(Math.max(Math.round(units), hidden.minimum ?? 1), hidden.maximum ?? units) }, "size");
  }

  function chip({ units, activation }: Layer, k: number): HTMLElement {
    const named = (what: string): string => `${what}: ${t.layer} ${k + 1}`;
    const handle = el("button", { type: "button", class: "handle", "data-on": "handle", "aria-label": `${named(t.move)} (↑ ↓)`, title: t.move }, "⠿");
    handle.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (by === 0) return;
      event.preventDefault();
      move(k, k + by);
    });
    const size = el("input", { type: "text", inputmode: "numeric", class: "size", "data-on": "size", "aria-label": named(t.units), value: units });
    size.addEventListener("change", () => {
      const value = parsed(size.value);
      if (value === null) size.value = String(units);
      else set(k, { units: Math.round(value) }, "size"); // as typed: the server says what is too much
    });
    size.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      sized(k, units + by);
    });
    const step = (by: number, text: string, label: string): HTMLElement =>
      el("button", { type: "button", class: "step", "data-on": text, "aria-label": named(label), disabled: by < 0 && units <= 1, onclick: () => sized(k, units + by) }, text);
    const select = el("select", { "data-on": "activation", "aria-label": named(t.activation) });
    for (const choice of activations.choices ?? []) select.append(el("option", { value: choice, text: choiceName(context.language, choice) }));
    select.value = activation;
    select.addEventListener("change", () => set(k, { activation: select.value }, "activation"));
    const remove = el("button", {
      type: "button",
      class: "remove",
      "aria-label": named(t.remove),
      title: t.remove,
      text: "×",
      onclick: () =>
        change(
          layers.filter((_, at) => at !== k),
          Math.max(0, k - 1),
        ),
    });
    const item = el("li", { class: "layer-chip" }, handle, step(-1, "−", t.fewer), size, step(1, "+", t.more), select, remove);
    draggable(item, handle, k);
    return item;
  }

  /** The chip follows the pointer; let go, it stands where its middle is. */
  function draggable(item: HTMLElement, handle: HTMLElement, from: number): void {
    handle.addEventListener("pointerdown", (down) => {
      handle.setPointerCapture(down.pointerId);
      item.classList.add("dragged");
      const follow = (event: PointerEvent): void => {
        item.style.transform = `translateY(${event.clientY - down.clientY}px)`;
      };
      const drop = (event: PointerEvent): void => {
        handle.removeEventListener("pointermove", follow);
        item.classList.remove("dragged");
        item.style.transform = "";
        if (event.type === "pointercancel") return;
        const others = [...list.children].filter((one) => one !== item);
        const above = others.filter((one) => {
          const box = one.getBoundingClientRect();
          return box.y + box.height / 2 < event.clientY;
        });
        move(from, above.length);
      };
      handle.addEventListener("pointermove", follow);
      handle.addEventListener("pointerup", drop, { once: true });
      handle.addEventListener("pointercancel", drop, { once: true });
    });
  }

  function draw(): void {
    const had = holder.contains(document.activeElement);
    replace(list, ...layers.map(chip));
    list.hidden = layers.length === 0;
    add.textContent = `+ ${layers.length === 0 ? t.add_first : t.add}`;
    attribute(add, "disabled", layers.length >= most);
    if (focus !== null && had) {
      const chipped = list.children[Math.min(focus.layer, layers.length - 1)];
      (chipped?.querySelector<HTMLElement>(`[data-on="${focus.on}"]`) ?? add).focus();
    }
    focus = null;
  }

  const { root, object } = row("hidden", context, holder);
  attribute(holder, "role", "group");
  root.querySelector("label")?.removeAttribute("for");
  attribute(holder, "aria-label", t.layers);
  return {
    name: "hidden",
    root,
    object,
    show(settings: Settings) {
      const next = settings.hidden.map((units, k) => ({ units, activation: settings.activations[k] ?? settings.activations.at(-1) ?? "tanh" }));
      if (JSON.stringify(next) === JSON.stringify(layers) && list.childElementCount > 0) return;
      layers = next;
      draw();
    },
  };
}
