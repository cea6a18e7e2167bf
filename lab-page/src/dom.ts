/**
 * Elements without strings of HTML: the page's policy allows no inline style or script, and data is never parsed as markup.
 */

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined;
type Listeners = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
/** `class`, `text`, listeners (`onclick`), and attributes: null, undefined and false leave an attribute out, true sets it empty. */
export type Attributes = { class?: string; text?: string } & Listeners & Record<string, unknown>;

const SVG = "http://www.w3.org/2000/svg";

/** An element with its attributes and children; null, undefined and false are no children. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = String(value);
    else if (name.startsWith("on") && typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else attribute(element, name, value as Value);
  }
  element.append(...present(children));
  return element;
}

function present(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

/** Set an attribute, or take it away (null, undefined, false). */
export function attribute(element: Element, name: string, value: Value): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Say what a picture shows; only then is it one, for a screen reader. */
export function picturing(element: Element, text: string): void {
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", text);
}

/** Put these in the place of what an element has. */
export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren(...present(children));
}

let count = 0;
/** An id that no other element has, for label and aria references. */
export function unique(prefix: string): string {
  count += 1;
  return `${prefix}-${count}`;
}

/** The value of a CSS variable of the theme, for what is painted on a canvas: `token("--positive")`. */
export function token(name: string, of: Element = document.documentElement): string {
  return getComputedStyle(of).getPropertyValue(name).trim();
}

/** Say something to screen readers (and to nobody else); a second text soon after takes the first one's place. */
export function say(text: string): void {
  const region = document.getElementById("said");
  if (region === null || region.textContent === text) return;
  region.textContent = text;
}

/** Whether the user asked for less motion. */
export function calm(): boolean {
  return typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Open a panel that is folded away, bring it into view and put the focus on its heading's button. */
export function reveal(id: string, focus = true): void {
  const section = document.getElementById(id)?.closest<HTMLElement>(".panel");
  if (section === null || section === undefined) return;
  section.dispatchEvent(new CustomEvent("reveal"));
  section.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  if (focus) section.querySelector<HTMLElement>(".panel-title button, .panel-body button, .panel-body input")?.focus({ preventScroll: true });
}

/** Call a function at most once an animation frame, with the newest state. */
export function eachFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
