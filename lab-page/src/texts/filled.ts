import { number } from "../format";

/** Puts facts in the {places} of a text, whole numbers as they are; a place without a fact stays empty. */
export function filled(text: string, facts: Record<string, number | string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name];
    return fact === undefined ? "" : typeof fact === "string" ? fact : Number.isInteger(fact) ? String(fact) : short(fact);
  });
}

/** Four digits, without the zeros at their end. */
function short(fact: number): string {
  return number(fact).replace(/(\.\d*?)0+(?=·|$)/, "$1").replace(/\.(?=·|$)/, "");
}
