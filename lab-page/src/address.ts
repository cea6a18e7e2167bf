/**
 * The page's state in the address's fragment, readable: `#preset=spiral&hidden=8,4&learning_rate=0.03&lang=zh&lesson=symmetry&card=2`.
 * Only what differs from the defaults stands there. `~` is null; a text that begins with `~` gets another one.
 */

import type { Language, Setting, Settings } from "./protocol";

export interface Place {
  settings: Partial<Settings>;
  language: Language | null;
  lesson: { id: string; card: number } | null;
}

type Unknown = Record<string, unknown>;

/** Decoded by kind; undefined where the text is no value of the kind. What limits it has, the server says. */
const decoders: Record<Setting["kind"], (text: string) => unknown> = {
  choice: (text) => text,
  text: (text) => text,
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: (text) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined),
  integers: (text) => (text === "" ? [] : /^\d{1,9}(,\d{1,9})*$/.test(text) ? text.split(",").map(Number) : undefined),
  names: (text) => (text === "" ? [] : text.split(",").map(decodeURIComponent)),
  points(text) {
    const points = text === "" ? [] : text.split(";").map((point) => point.split(",").map(Number));
    return points.every((point) => point.length === 3 && point.every(Number.isFinite)) ? points : undefined;
  },
};

const encoders: Partial<Record<Setting["kind"], (value: never) => string>> = {
  names: (names: string[]) => names.map(encodeURIComponent).join(","),
  points: (points: number[][]) => points.map((point) => point.map(short).join(",")).join(";"),
};

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** A value as it stands in the address; null is ~. */
export function encode(setting: Setting, value: unknown): string {
  if (value === null) return "~";
  const text = encoders[setting.kind]?.(value as never) ?? String(value);
  return text.startsWith("~") ? `~${text}` : text;
}

/** The value that stands in the address; undefined where it is none of this setting. */
export function decode(setting: Setting, text: string): unknown {
  if (text === "~") return setting.optional || setting.default === null ? null : undefined;
  try {
    return decoders[setting.kind](text.startsWith("~~") ? text.slice(1) : text);
  } catch {
    return undefined; // a name that is no percent-encoding
  }
}

/** Whether two values are the same as JSON. */
export const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The names of the settings that are not the same. */
export function differences(one: Settings, other: Settings): (keyof Settings)[] {
  return (Object.keys(other) as (keyof Settings)[]).filter((name) => !equal(one[name], other[name]));
}

/** All settings as the page starts with them: the defaults, and on top what the command line gave. */
export function starting(declared: Setting[], given: Partial<Settings>): Settings {
  return { ...Object.fromEntries(declared.map(({ name, default: value }) => [name, value])), ...given } as unknown as Settings;
}

/** A fragment that restores these settings, wherever the page is opened with the same program. */
export function write(declared: Setting[], given: Partial<Settings>, settings: Settings, language: Language | null, lesson: Place["lesson"]): string {
  const all = settings as unknown as Unknown;
  const own = given as Unknown;
  const parts = declared
    .filter(({ only_for: presets }) => presets === undefined || presets.includes(settings.preset)) // others say nothing now
    .filter(({ name, default: value }) => !equal(all[name], value) || (name in own && !equal(all[name], own[name])))
    .map((setting) => `${setting.name}=${readable(encode(setting, all[setting.name]))}`);
  if (language !== null) parts.push(`lang=${language}`);
  if (lesson !== null) parts.push(`lesson=${readable(lesson.id)}`, ...(lesson.card > 0 ? [`card=${lesson.card + 1}`] : []));
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** What a fragment says; parts that mean nothing here are left out. */
export function read(declared: Setting[], fragment: string): Place {
  const asked = new URLSearchParams(fragment.replace(/^#/, "").replaceAll("+", "%2B"));
  const settings: Unknown = {};
  for (const setting of declared) {
    const text = asked.get(setting.name);
    const value = text === null ? undefined : decode(setting, text);
    if (value !== undefined) settings[setting.name] = value;
  }
  const lang = asked.get("lang");
  const id = asked.get("lesson");
  const card = Number(asked.get("card") ?? "1");
  return {
    settings: settings as Partial<Settings>,
    language: lang === "en" || lang === "zh" ? lang : null,
    lesson: id === null || id === "" ? null : { id, card: Number.isInteger(card) && card > 0 ? card - 1 : 0 },
  };
}

/** Percent-encoding of no more than a fragment's parts need: commas, semicolons and letters of any script stay as they are. */
function readable(text: string): string {
  return text.replace(/[%&=#+\s"<>`]/g, encodeURIComponent);
}
