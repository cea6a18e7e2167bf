/**
 * What the server says, in the page's language. It says all in English; the phrasebook `sentences.json` has the Chinese, and a test of
 * the Python side (tests/lab/test_sentences.py) provokes what the lab can say and finds it there. A {place} stands for any text.
 */

import type { Language } from "../protocol";
import { filled } from "./filled";
import phrasebook from "./sentences.json";
import { choiceName, settings } from "./setting";

interface Entry {
  pattern: RegExp;
  zh: string;
}

const PLACE = /\{(\w+)\}/;
const entries: Entry[] = phrasebook.map(({ en, zh }) => ({ pattern: pattern(en), zh }));

function pattern(en: string): RegExp {
  const parts = en.split(PLACE).map((part, k) => (k % 2 === 1 ? `(?<${part}>.+?)` : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")));
  return new RegExp(`^${parts.join("")}$`, "s");
}

/** A sentence of the server, or several, in a language; in English where the phrasebook lacks one. */
export function sentence(language: Language, said: string): string {
  return language === "en" ? said : (chinese(said) ?? said);
}

/** One phrase of the book, or as many as a text is made of; a place may hold the end of a sentence, so that each end is tried. */
function chinese(said: string): string | null {
  const known = new Map<number, string | null>();
  const from = (start: number): string | null => {
    if (start >= said.length) return "";
    const kept = known.get(start);
    if (kept !== undefined) return kept;
    known.set(start, null);
    for (const { index } of said.slice(start).matchAll(/[.?!](?= )|.$/gs)) {
      const first = phrase(said.slice(start, start + index + 1));
      const rest = first === null ? null : from(start + index + 2);
      if (rest === null) continue;
      known.set(start, first + rest);
      break;
    }
    return known.get(start) ?? null;
  };
  return from(0);
}

function phrase(said: string): string | null {
  for (const { pattern, zh } of entries) {
    const found = pattern.exec(said);
    if (found === null) continue;
    const put = Object.entries(found.groups ?? {}).map(([place, text]) => [place, inPlace(place, text)]);
    return filled(zh, Object.fromEntries(put)).replace(/ (?=“)|(?<=”) /g, ""); // numbers stand apart, quotation marks do not
  }
  return null;
}

/** What stood in a place: in quotation marks where it stood in Python's, and in Chinese where it is a word of ours. */
function inPlace(place: string, text: string): string {
  const quoted = /^(['"])((?:(?!\1)[^\\]|\\.)*)\1$/s.exec(text)?.[2];
  const word = PLACES[place]?.(quoted ?? text) ?? quoted ?? text;
  return quoted === undefined ? word : `“${word}”`;
}

const choice = (name: string): string => choiceName("zh", name);
const PLACES: Record<string, (text: string) => string> = {
  setting: (name) => settings.zh[name]?.label ?? chinese(name) ?? name,
  choice,
  activation: choice,
  activations: (names) => names.split(", ").map(choice).join("、"),
  phrase: (text) => chinese(text) ?? text,
  phrases: (texts) => texts.split(/, (?=['"])/).map((text) => chinese(text) ?? text).join("，"),
};
