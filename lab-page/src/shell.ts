/** The page around the panels: header, three columns, tools, timeline, and the help on keys. Panels fill their own elements. */

import { attribute, el, replace, svg, unique } from "./dom";
import { savePicture } from "./download";
import type { Lab } from "./lab";
import { otherLanguage, otherTheme } from "./preferences";
import { sentence } from "./texts/sentences";
import { shell as texts } from "./texts/shell";

type Title = keyof typeof texts.en;

/** Panels with a picture to save. */
const PICTURES = new Set(["drawing", "strip", "surface", "curves", "histograms", "timeline", "check", "compare"]);

const COLUMNS: { name: Title; panels: Title[]; tools: Title[] }[] = [
  { name: "left", panels: ["data", "settings"], tools: [] },
  { name: "centre", panels: ["drawing", "strip"], tools: ["check", "homework", "compare", "export"] },
  { name: "right", panels: ["surface", "curves", "histograms", "diagnoses"], tools: [] },
];

/** Draw the shell; its texts change with the language. */
export function drawShell(page: HTMLElement, lab: Lab): void {
  const t = (name: Title): string => texts[lab.state.language][name];
  const renew: (() => void)[] = [];
  const text = (element: HTMLElement, name: () => string): HTMLElement => {
    renew.push(() => {
      element.textContent = name();
    });
    return element;
  };

  const lessons = el("aside", { id: "lessons", class: "lessons", hidden: true });
  const lessonsButton = text(el("button", { type: "button", id: "lessons-button", class: "quiet", "aria-controls": "lessons", "aria-expanded": "false" }), () => t("lessons"));
  const showLessons = (open: boolean): void => {
    lessons.hidden = !open;
    document.body.classList.toggle("with-lessons", open);
    attribute(lessonsButton, "aria-expanded", String(open));
  };
  lessonsButton.addEventListener("click", () => showLessons(lessons.hidden));
  lessons.addEventListener("reveal", () => showLessons(true));
  lessons.addEventListener("fold", () => showLessons(false));
  lab.on("lesson", () => {
    if (lab.state.lesson !== null) showLessons(true);
  });

  const language = el("button", {
    type: "button",
    class: "quiet",
    id: "language",
    onclick: () => lab.setLanguage(otherLanguage(lab.state)),
  });
  const theme = el("button", {
    type: "button",
    class: "quiet",
    id: "theme",
    onclick: () => lab.setTheme(otherTheme(lab.state)),
  });
  const copy = el("button", { type: "button", class: "quiet", id: "copy-link", onclick: () => void copyLink() });
  const copyLink = async (): Promise<void> => {
    note.textContent = await navigator.clipboard.writeText(location.href).then(
      () => t("copied"),
      () => t("copy_failed"),
    );
    setTimeout(() => {
      note.textContent = "";
    }, 4000);
  };
  const note = el("span", { class: "note", role: "status" });
  const help = helpDialog(lab);
  const helpButton = text(el("button", { type: "button", class: "quiet", id: "help", onclick: () => help.showModal() }), () => t("help"));
  renew.push(() => {
    language.textContent = t("language");
    attribute(language, "aria-label", `${t("language")}: ${t("language_label")}`);
    attribute(language, "lang", otherLanguage(lab.state));
    theme.textContent = t(lab.state.theme === "light" ? "theme_dark" : "theme_light");
    attribute(theme, "aria-label", `${theme.textContent}: ${t("theme_label")}`);
    copy.textContent = t("copy");
    attribute(helpButton, "aria-label", `${t("help")} (?): ${t("help_label")}`);
  });

  const header = el(
    "header",
    { class: "header" },
    text(el("a", { class: "skip", href: "#drawing" }), () => t("skip")),
    logo(),
    text(el("h1"), () => t("title")),
    text(el("p", { class: "tagline" }), () => t("tagline")),
    note,
    el("nav", { class: "header-buttons", "aria-label": "Layerwise" }, lessonsButton, language, theme, copy, helpButton),
  );
  header.querySelector<HTMLAnchorElement>(".skip")?.addEventListener("click", (event) => {
    event.preventDefault(); // the fragment is the settings' place
    document.getElementById("drawing")?.focus();
  });

  const columns = COLUMNS.map((column) => {
    const section = el("div", { class: `column ${column.name}`, role: "region", tabindex: 0 });
    renew.push(() => attribute(section, "aria-label", t(column.name)));
    section.append(...column.panels.map((name) => panelSection(name, false)), ...column.tools.map((name) => panelSection(name, true)));
    return section;
  });

  function panelSection(name: Title, folded: boolean): HTMLElement {
    const id = unique("title");
    const body = el("div", { id: name, class: `panel-body ${name}`, tabindex: -1 });
    const title = el("h2", { id });
    const head = el("div", { class: "panel-title" }, title);
    const section = el("section", { class: `panel of-${name}${folded ? " tool" : ""}`, "aria-labelledby": id }, head, body);
    if (folded) {
      body.hidden = true;
      const button = text(el("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": name }), () => t(name));
      const fold = (hidden: boolean): void => {
        body.hidden = hidden;
        attribute(button, "aria-expanded", String(!hidden));
      };
      button.addEventListener("click", () => fold(!body.hidden));
      section.addEventListener("reveal", () => fold(false));
      title.append(button);
    } else text(title, () => t(name));
    if (PICTURES.has(name)) head.append(pictureButtons(name, body));
    return section;
  }

  function pictureButtons(name: Title, body: HTMLElement): HTMLElement {
    const group = el("span", { class: "pictures", role: "group" });
    renew.push(() => attribute(group, "aria-label", `${t("picture")}: ${t(name)}`));
    for (const kind of ["svg", "png"] as const) {
      const button = el("button", { type: "button", class: "tiny", onclick: () => void savePicture(body, `layerwise-${name}`, kind) });
      renew.push(() => {
        button.textContent = t(`picture_${kind}`);
        attribute(button, "aria-label", `${t("picture")}, ${t(`picture_${kind}`)}: ${t(name)}`);
      });
      group.append(button);
    }
    return group;
  }

  const connection = el("p", { class: "connection", role: "alert", hidden: true });
  lab.on("connection", () => {
    const now = lab.state.connection;
    connection.hidden = now === true;
    connection.textContent = now === true ? "" : t(now === "closed" ? "closed" : "broken");
  });

  const said = el("span");
  const dismiss = text(el("button", { type: "button", onclick: () => object(null) }), () => t("close"));
  const objection = el("p", { class: "objection", role: "alert", hidden: true }, said, dismiss);
  let objected: string | null = null;
  const object = (error: string | null): void => {
    objected = error;
    objection.hidden = error === null;
    const text = error === null ? "" : sentence(lab.state.language, error);
    if (said.textContent !== text) said.textContent = text; // an alert is read out anew
  };
  renew.push(() => object(objected));
  // one about a setting is shown at its control
  lab.on("objection", ({ error, setting }) => {
    if (setting === null) object(error);
  });
  lab.on("description", () => object(null));

  const main = el("main", { class: "columns" }, lessons, ...columns);
  // other settings are asked for, and the page still shows the experiment before
  const wait = (): void => attribute(main, "aria-busy", String(lab.state.settings !== lab.state.description.settings));
  lab.on("settings", wait);
  lab.on("description", wait);

  const timeline = panelSection("timeline", false);
  replace(
    page,
    header,
    connection,
    objection,
    main,
    el("footer", { class: "foot" }, timeline),
    el("div", { id: "opened" }),
    el("p", { id: "said", class: "unseen", "aria-live": "polite" }),
    help,
  );
  const all = (): void => {
    document.documentElement.lang = lab.state.language === "en" ? "en" : "zh-CN";
    document.title = t("title");
    for (const step of renew) step();
  };
  lab.on("language", all);
  lab.on("theme", all);
  all();
}

function logo(): SVGSVGElement {
  return svg(
    "svg",
    { class: "logo", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { d: "M4 7l8-4M4 7l8 5M4 7l8 14M4 17L12 3M4 17l8-5M4 17l8 4M12 3l8 9M12 12h8M12 21l8-9" }),
    ...[
      [4, 7],
      [4, 17],
      [12, 3],
      [12, 12],
      [12, 21],
    ].map(([cx, cy]) => svg("circle", { cx, cy, r: 2.2 })),
    svg("circle", { cx: 20, cy: 12, r: 2.8, class: "output" }),
  );
}

const KEYS: [string | null, Title][] = [
  [null, "key_space"],
  ["E", "key_epoch"],
  ["R", "key_reset"],
  ["← →", "key_arrows"],
  ["PgUp PgDn", "key_arrows_far"],
  ["Home End", "key_ends"],
  ["F", "key_follow"],
  ["G", "key_edges"],
  ["L", "key_lessons"],
  ["C", "key_language"],
  ["D", "key_theme"],
  ["?", "key_help"],
];

function helpDialog(lab: Lab): HTMLDialogElement {
  const id = unique("keys");
  const dialog = el("dialog", { class: "help", id: "keys", "aria-labelledby": id });
  const draw = (): void => {
    const t = texts[lab.state.language];
    replace(
      dialog,
      el("h2", { id, text: t.help_label }),
      el(
        "dl",
        { class: "keys" },
        ...KEYS.map(([key, what]) =>
          el("div", {}, el("dt", {}, ...(key === null ? [t.space] : key.split(" ")).map((one) => el("kbd", { text: one }))), el("dd", { text: t[what] })),
        ),
      ),
      el("button", { type: "button", text: t.close, onclick: () => dialog.close() }),
    );
  };
  lab.on("language", draw);
  draw();
  return dialog;
}
