/** Files for the user: what the server made, and pictures of panels as they stand on the page. */

import { svg, token } from "./dom";

export function saveBlob(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Save everything visible in an element: drawings, canvases, texts, and the grounds of boxes. */
export async function savePicture(root: HTMLElement, name: string, kind: "svg" | "png"): Promise<void> {
  const picture = drawn(root);
  const text = new XMLSerializer().serializeToString(picture);
  const content = new Blob([text], { type: "image/svg+xml" });
  saveBlob(`${name}.${kind}`, kind === "svg" ? content : await painted(content, picture));
}

const STYLES = [
  "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "paint-order", "visibility", "vector-effect",
];

/** One SVG of an element, with no reference to the page's styles. */
export function drawn(root: HTMLElement): SVGSVGElement {
  const frame = root.getBoundingClientRect();
  const [width, height] = [Math.max(1, Math.ceil(root.scrollWidth)), Math.max(1, Math.ceil(root.scrollHeight))];
  const picture = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` });
  picture.append(svg("rect", { width, height, fill: token("--panel") || "#fff" }));
  const place = (box: DOMRect): Record<string, number> => ({ x: box.x - frame.x, y: box.y - frame.y, width: box.width, height: box.height });
  const visit = (element: Element): void => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
    if (element.matches(".unseen, .katex-mathml, label, select, input, legend")) return; // what asks, not what shows
    if (element instanceof SVGSVGElement) return void picture.append(inlined(element, place(box)));
    if (element instanceof HTMLCanvasElement) return void picture.append(svg("image", { ...place(box), href: element.toDataURL(), preserveAspectRatio: "none" }));
    if (element !== root && !transparent(style.backgroundColor))
      picture.append(svg("rect", { ...place(box), rx: Number.parseFloat(style.borderRadius) || 0, fill: style.backgroundColor }));
    for (const child of element.childNodes) {
      if (child instanceof Element) visit(child);
      else if (child instanceof Text && child.data.trim() !== "") picture.append(...lines(child, style, frame));
    }
  };
  visit(root);
  return picture;
}

const transparent = (colour: string): boolean => colour === "transparent" || /,\s*0\)$|\/\s*0\)$/.test(colour);

/** A copy of a drawing that carries its own styles. */
function inlined(element: SVGSVGElement, place: Record<string, number>): SVGSVGElement {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const originals = [element, ...element.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  originals.forEach((original, k) => {
    const style = getComputedStyle(original);
    const target = copies[k];
    for (const name of STYLES) {
      const value = style.getPropertyValue(name);
      if (value !== "") target?.setAttribute(name, value);
    }
    if (style.display === "none") target?.setAttribute("display", "none");
    target?.removeAttribute("class");
    target?.removeAttribute("style");
  });
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  return copy;
}

/** The lines of a text as they are broken on the page. */
function lines(text: Text, style: CSSStyleDeclaration, frame: DOMRect): SVGTextElement[] {
  const range = document.createRange();
  const found: { content: string; box: DOMRect }[] = [];
  for (const { index, 0: word } of text.data.matchAll(/\S+\s*/g)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const box = range.getClientRects()[0];
    const last = found.at(-1);
    if (box === undefined || box.width === 0) continue;
    if (last !== undefined && Math.abs(last.box.y - box.y) < 2) last.content += word;
    else found.push({ content: word, box });
  }
  return found.map(({ content, box }) =>
    svg("text", {
      x: box.x - frame.x,
      y: box.y - frame.y + box.height * 0.78,
      fill: style.color,
      "font-family": style.fontFamily,
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
      "font-style": style.fontStyle,
      text: content.trimEnd(),
    }),
  );
}

/** The pixels of a drawing, twice as fine as the page. */
async function painted(content: Blob, picture: SVGSVGElement): Promise<Blob> {
  const url = URL.createObjectURL(content);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * picture.width.baseVal.value;
    canvas.height = 2 * picture.height.baseVal.value;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error("The picture is too large to paint.")) : resolve(blob)));
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
