import { describe, expect, it, vi } from "vitest";
import { blocks, inline, markup, pieces } from "./markup";

vi.hoisted(() => Object.defineProperty(document, "compatMode", { value: "CSS1Compat" })); // KaTeX asks when it is loaded

describe("the markup of lessons", () => {
  it("tells equations, strong words and code from text", () => {
    expect(pieces("From $z = w^T x$ by **the** rule `np.dot`.")).toEqual([
      { kind: "text", text: "From " },
      { kind: "equation", text: "z = w^T x" },
      { kind: "text", text: " by " },
      { kind: "strong", text: "the" },
      { kind: "text", text: " rule " },
      { kind: "code", text: "np.dot" },
      { kind: "text", text: "." },
    ]);
  });

  it("leaves stars and subscripts of equations alone", () => {
    expect(pieces("$a * b ** c_1$")).toEqual([{ kind: "equation", text: "a * b ** c_1" }]);
  });

  it("divides paragraphs at empty lines, and makes a listing of lines of code", () => {
    const found = blocks("One\ntwo\n\n`for i in range(m):`\n`    dw += x * dz`");
    expect(found.map(({ kind }) => kind)).toEqual(["paragraph", "listing"]);
    expect(found[1]).toEqual({ kind: "listing", text: "for i in range(m):\n    dw += x * dz" });
  });

  it("never makes elements from what a text says", () => {
    const [paragraph] = markup("<img src=x onerror=alert(1)> **<b>bold</b>** `<i>`");
    expect(paragraph?.querySelectorAll("img, b, i").length).toBe(0);
    expect(paragraph?.textContent).toContain("<img src=x onerror=alert(1)>");
  });

  it("gives equations a text for screen readers", () => {
    const holder = document.createElement("p");
    holder.append(...inline("so $\\hat{y} = \\sigma(z)$"));
    expect(holder.querySelector("math")).not.toBeNull();
    expect(holder.querySelector(".katex-error")).toBeNull();
  });

  it("lets a line of equations stand by itself", () => {
    const [paragraph] = markup("Forward:\n$Z = W X + b$\nthen more $A$.");
    expect([...(paragraph?.children ?? [])].map(({ className }) => className)).toEqual(["line", "line equations", "line"]);
  });
});
