import { expect, it, vi } from "vitest";
import type { Lab } from "../lab";
import { tablePart } from "./table";

const column = (name: string) => ({ name, kind: "numeric", missing: 0, distinct: 2, examples: ["1"] });

it("a table that was refused is asked about with its own id, not with the table that is learnt", () => {
  const state = {
    language: "en",
    table: { id: "new", name: "new.csv", rows: 1, columns: [column("a"), column("b")], target: "b", preview: [] },
    settings: { preset: "table", table: "old", target: "y", columns: ["x"] },
    description: { target: "y" },
  };
  const lab = { state, change: vi.fn(async () => undefined) };
  const part = tablePart(lab as unknown as Lab);
  part.draw();
  const target = part.root.querySelector("select") as HTMLSelectElement;
  expect(target.value).toBe("b");
  expect(part.root.querySelector<HTMLInputElement>("input[data-column=a]")?.checked).toBe(true);
  target.value = "a";
  target.dispatchEvent(new Event("change"));
  expect(lab.change).toHaveBeenCalledWith({ table: "new", target: "a", columns: null });
});
