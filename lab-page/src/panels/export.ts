/** Export: the model, scripts and tables of the epoch that is shown. Pictures are saved at each panel's own heading. */

import { el, replace, say, unique } from "../dom";
import { count } from "../format";
import type { Panel } from "../lab";
import type { ExportKind } from "../protocol";
import "../styles/export.css";
import { exports as texts } from "../texts/export";
import { filled } from "../texts/filled";

const KINDS: ExportKind[] = ["model", "script", "numpy", "sklearn", "pytorch", "predictions", "history"];

export const panel: Panel = (root, lab) => {
  const hint = el("p", { class: "hint" });
  const list = el("ul", { class: "exports" });

  const told = (): void => {
    const { snapshot, epoch, language } = lab.state;
    hint.textContent = filled(texts[language].hint, { epoch: count(snapshot?.epoch ?? epoch) });
  };

  const draw = (): void => {
    const t = texts[lab.state.language];
    replace(
      list,
      ...KINDS.map((kind) => {
        const id = unique("export");
        const button = el("button", { type: "button", "aria-describedby": id, "data-kind": kind, text: t[kind] });
        button.addEventListener("click", async () => {
          button.disabled = true;
          await lab.export(kind);
          button.disabled = false;
          button.focus();
          say(filled(t.saved, { what: t[kind] }));
        });
        return el("li", {}, button, el("span", { id, class: "export-help", text: t[`${kind}_help`] }));
      }),
    );
    told();
  };

  replace(root, hint, list);
  draw();
  const ends = [lab.on("snapshot", told), lab.on("language", draw)];
  return () => {
    for (const end of ends) end();
  };
};
