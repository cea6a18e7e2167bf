/** Numbers as the page shows them. */

const MINUS = "\u2212";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number with so many significant digits; powers of ten where it is tiny or huge; an en dash where there is none. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 10 ** Math.max(digits, 5)) return signed(plain(value, digits));
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  return `${signed(mantissa)}·10${superscript(Number(exponent))}`;
}

/** So many digits after the point: columns of numbers that line up. */
export function fixed(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return signed(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A part of 1 in percent, with one digit after the point where it is not whole. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${signed(String(Number((100 * value).toFixed(1))))} %`;
}

/** A count, its thousands set apart by thin spaces. */
export function count(value: number): string {
  return signed(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
}

/** A time in the unit that suits it. */
export function seconds(value: number): string {
  const units: [number, string][] = [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
  ];
  const [unit, name] = units.find(([least]) => value >= least) ?? [1e-6, "µs"];
  return `${number(value / unit, 3)} ${name}`;
}

/** A number as it is typed: digits that read back to the same number, no ornaments. */
export function typed(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  return text.length > 7 && value !== 0 ? String(Number(value.toPrecision(6)).toExponential()).replace("e+", "e") : text;
}

/** A number somebody typed, with a decimal comma or a true minus if they like; null where it is none. */
export function parsed(text: string): number | null {
  const value = text.trim().replace(MINUS, "-").replace(/^([^.]*),([^.,]*)$/, "$1.$2");
  return value === "" || !Number.isFinite(Number(value)) ? null : Number(value);
}

function plain(value: number, digits: number): string {
  return Math.abs(value) >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
}

function signed(text: string): string {
  return text.replace("-", MINUS);
}

function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return exponent < 0 ? `⁻${digits}` : digits;
}
