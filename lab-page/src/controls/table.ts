/** Own tables: choosing, dropping or pasting a CSV, and then its columns. */

import { el, replace } from "../dom";
import { count } from "../format";
import type { Lab } from "../lab";
import { kinds, data as texts } from "../texts/data";
import { filled } from "../texts/filled";
import { messageOf } from "../texts/message";
import { sentence } from "../texts/sentences";

interface Reader {
  root: HTMLElement;
  choose(): void;
  draw(): void;
  object(error: string | null): void; // the server's sentence
  /** Listens to drops on an element and to pasting anywhere; returns how to end it. */
  listen(place: HTMLElement): () => void;
}

/** What takes a table: a file that is chosen or dropped, or a text that is pasted. */
export function readsTables(lab: Lab): Reader {
  const file = el("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", class: "unseen", tabindex: -1, "aria-hidden": "true" });
  const button = el("button", { type: "button", class: "choose", onclick: () => file.click() });
  const hint = el("p", { class: "hint" });
  const said = el("p", { class: "setting-error", role: "alert", hidden: true });
  const root = el("div", { class: "reader" }, button, file, hint, said);
  const text = (): (typeof texts)["en"] => texts[lab.state.language];

  let refused: (() => string) | null = null;
  const refuse = (why: typeof refused): void => {
    refused = why;
    said.hidden = why === null;
    said.textContent = why?.() ?? "";
  };
  const object: Reader["object"] = (error) => refuse(error === null ? null : () => sentence(lab.state.language, error));

  const read = async (name: string, content: string | Blob): Promise<void> => {
    refuse(null);
    const bytes = typeof content === "string" ? new Blob([content]).size : content.size;
    const most = lab.state.about.limits.upload_bytes;
    if (bytes > most) return refuse(() => filled(text().too_large, { name, bytes: count(bytes), most: count(most) }));
    hint.textContent = filled(text().reading, { name });
    try {
      await lab.upload(name, content);
    } catch (refusal) {
      refuse(() => messageOf(refusal, lab.state.language));
    } finally {
      draw();
    }
  };

  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen !== undefined) void read(chosen.name, chosen);
    file.value = ""; // the same file may be chosen again
  });

  const draw = (): void => {
    button.textContent = text().choose;
    hint.textContent = text().drop;
    refuse(refused);
  };

  const listen = (place: HTMLElement): (() => void) => {
    const ends = new AbortController();
    const options = { signal: ends.signal };
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      place.classList.add("dropping");
      hint.textContent = text().dropped;
    };
    const out = (): void => {
      place.classList.remove("dropping");
      draw();
    };
    place.addEventListener("dragover", over, options);
    place.addEventListener("dragleave", out, options);
    place.addEventListener(
      "drop",
      (event) => {
        event.preventDefault();
        out();
        const dropped = event.dataTransfer?.files[0];
        if (dropped !== undefined) void read(dropped.name, dropped);
      },
      options,
    );
    // a file that misses its place must not take the page's
    document.addEventListener("dragover", (event) => event.preventDefault(), options);
    document.addEventListener("drop", (event) => event.preventDefault(), options);
    document.addEventListener(
      "paste",
      (event) => {
        if (event.target instanceof Element && event.target.closest("input, textarea") !== null) return;
        const pasted = event.clipboardData?.files[0];
        const table = event.clipboardData?.getData("text/plain") ?? "";
        if (pasted !== undefined) void read(pasted.name, pasted);
        else if (/\n./.test(table)) void read(text().pasted, table);
      },
      options,
    );
    return () => ends.abort();
  };

  return { root, choose: () => file.click(), draw, object, listen };
}

/** The table's target, its columns and its first rows. */
export function tablePart(lab: Lab): { root: HTMLElement; draw(): void } {
  const root = el("div", { class: "table-part" });

  const draw = (): void => {
    const { table, settings, language } = lab.state;
    const t = texts[language];
    root.hidden = settings.preset !== "table" || table === null;
    if (root.hidden || table === null) return;
    const focused = root.contains(document.activeElement) ? document.activeElement?.getAttribute("data-column") : null;
    const open = root.querySelector("details")?.open ?? false;

    // a table that could not be learnt from is shown, while the experiment is still another one's
    const change = (columns: string[] | null): void => void lab.change({ table: table.id, target: target.value, columns });
    const target = el("select", { "data-column": "", onchange: () => change(null) });
    for (const { name } of table.columns) target.append(el("option", { value: name, text: name }));
    target.value = settings.table === table.id ? (settings.target ?? lab.state.description.target) : (table.target ?? "");

    const inputs = table.columns.map(({ name }) => name).filter((name) => name !== target.value);
    const chosen = new Set((settings.table === table.id ? settings.columns : null) ?? inputs);
    const choose = (name: string, on: boolean): void => {
      const next = inputs.filter((one) => (one === name ? on : chosen.has(one)));
      change(next.length === inputs.length ? null : next);
    };
    const column = ({ name, kind, missing, examples }: (typeof table.columns)[number]): HTMLElement => {
      const box = el("input", { type: "checkbox", "data-column": name, onchange: () => choose(name, box.checked) });
      box.checked = chosen.has(name);
      const facts = [kinds[lab.state.language][kind] ?? kind, missing > 0 ? filled(t.missing, { missing: count(missing) }) : ""].filter(Boolean).join(" · ");
      return el("li", {}, el("label", { title: `${name}: ${examples.join(", ")}` }, box, el("span", { class: "column-name", text: name }), el("span", { class: "column-kind", text: facts })));
    };
    const head = table.columns.map(({ name }) => el("th", { scope: "col", text: name }));
    const rows = table.preview.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", { text: cell }))));
    const preview = el(
      "details",
      { class: "more" },
      el("summary", { text: filled(t.preview, { name: table.name }) }),
      el(
        "div",
        { class: "preview", tabindex: 0, role: "region", "aria-label": filled(t.preview, { name: table.name }) },
        el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
      ),
    );
    preview.open = open;
    replace(
      root,
      el("p", { class: "facts" }, el("strong", { text: table.name }), ` · ${filled(t.rows, { rows: count(table.rows), columns: count(table.columns.length) })}`),
      el("label", { class: "setting table-target" }, el("span", { text: t.target }), target),
      el("fieldset", { class: "columns-choice" }, el("legend", { text: t.columns }), el("ul", {}, ...table.columns.filter(({ name }) => name !== target.value).map(column))),
      preview,
    );
    if (focused !== null && focused !== undefined) root.querySelector<HTMLElement>(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  };

  return { root, draw };
}
