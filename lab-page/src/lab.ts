/**
 * The page's state and the one way to change it. Panels read `lab.state`, listen with `lab.on`, and ask for changes with the
 * methods; nothing else talks to the server, the address or another panel.
 */

import type { Lesson } from "./lesson";
import type {
  About, Description, ExportKind, Flag, GradientCheck, Homework, LayerTensors, Line, Marks, Points, Run, Settings, Snapshot, Strip,
  Table, UnitGraph, Vectorization, View, Curve, Divergence, Status, Language,
} from "./protocol";

/** What a number on the page is of: "W[1]:0,2", "Z[2]:1,5" - or a whole tensor, "dW[1]". */
export type Reference = string;

export interface State {
  about: About;
  settings: Settings; // what the controls show
  description: Description; // of the experiment that the server holds
  table: Table | null;
  status: Status;
  /** The newest frame, without its snapshot. */
  epoch: number;
  epochs: number;
  epochsPerSecond: number;
  curve: Required<Omit<Curve, "from" | "generation">>;
  checkpoints: number[];
  flags: Flag[];
  divergence: Divergence | null;
  /** The epoch the page looks at: null follows the run. */
  cursor: number | null;
  /** What is shown: of the cursor, or of the newest frame. */
  snapshot: Snapshot | null;
  points: Points | null;
  view: View;
  edges: "weights" | "gradients";
  /** What the equation strip stands at. */
  strip: { batch: number; example: number; line: number; shown: Strip | null };
  opened: { kind: "layer"; layer: number } | { kind: "unit"; layer: number; unit: number } | null;
  /** What the pointer or the keyboard is on; lit up everywhere. */
  lit: Reference | null;
  /** A second experiment to compare with, and what it has that is different. */
  other: { description: Description; status: Status; epoch: number; curve: State["curve"]; snapshot: Snapshot | null } | null;
  /** What the last gradient check of this experiment found. */
  checked: GradientCheck | null;
  language: Language;
  theme: "light" | "dark";
  lesson: { lesson: Lesson; card: number } | null;
  /** What the page lights up for a lesson. */
  look: string[];
  /** The label that a click on the surface gives a new point; null while none are being drawn. */
  brush: number | null;
  /** Whether the server answers: false while the stream of frames is broken, "closed" when this page's link is no longer let in. */
  connection: boolean | "closed";
}

/** What a lesson may ask a panel for: "check_gradients" of check.ts, "open_homework" of homework.ts. */
export type Wish = "check_gradients" | "open_homework";

/** What happened; listeners are told after the state has changed. */
export interface Events {
  settings: void; // controls changed, by hand, by a lesson or by the address
  description: void; // another experiment
  frame: void; // run, curve, checkpoints, flags
  snapshot: void; // other numbers to show
  points: void;
  view: void; // plane, surface, edges
  strip: void;
  opened: void;
  lit: void;
  other: void;
  checked: void;
  wish: Wish; // a lesson asks a panel to do what its own button does
  language: void; // panels draw all their texts anew
  theme: void;
  /** Another lesson or card. The lessons panel then does what the card says; the store only keeps it and its address. */
  lesson: void;
  brush: void;
  connection: void;
  objection: { error: string; setting: string | null; code: string };
}

/**
 * What returns nothing tells an objection as an event and resolves; what returns something rejects with a `Refused` (api.ts), whose
 * message is the objection's sentence.
 */
export interface Lab {
  readonly state: Readonly<State>;
  on<K extends keyof Events>(event: K, listener: (what: Events[K]) => void): () => void;

  /**
   * Change settings; the experiment is made anew (its old run is gone). Objections are told as events, too. `sameStep`: the change
   * belongs to the newest step of the browser's history, as a card's settings belong to its being opened.
   */
  change(settings: Partial<Settings>, sameStep?: boolean): Promise<void>;
  run(what: Run): Promise<void>;
  /** Look at an epoch; null follows the run. */
  travel(epoch: number | null): Promise<void>;
  setView(view: Partial<View>): void;
  setEdges(edges: State["edges"]): void;
  upload(name: string, text: string | Blob): Promise<Table>;

  stripTo(where: Partial<{ batch: number; example: number; line: number }>): Promise<void>;
  /** Put the strip at the first line of a phase (of a layer). */
  stripAt(phase: Line["phase"], layer?: number): Promise<void>;
  open(what: State["opened"]): void;
  light(reference: Reference | null): void;

  /** These ask the server about the epoch that is shown. */
  layer(layer: number): Promise<LayerTensors>;
  unit(layer: number, unit: number): Promise<UnitGraph>;
  checkGradients(): Promise<GradientCheck>; // kept as state.checked
  wish(what: Wish): void;
  mark(homework: Pick<Homework, "parameters" | "answers">): Promise<Marks>;
  /** Downloads a file. */
  export(kind: ExportKind): Promise<void>;
  vectorization(n_x: number, m: number): Promise<Vectorization>;

  /** A second experiment with one thing changed, run from its beginning beside this one; null ends it. */
  compare(settings: Partial<Settings> | null): Promise<void>;

  /** Draw points with this label by clicks on the surface, on the preset "points"; null ends it. */
  setBrush(label: number | null): void;
  /** A drawn point with the brush's label, in the coordinates of the surface. */
  addPoint(x: number, y: number): void;
  lessons(): Promise<Lesson[]>;
  openLesson(id: string | null, card?: number): Promise<void>;

  setLanguage(language: Language): void;
  setTheme(theme: State["theme"]): void;
}

/** Every panel is one function: it fills its element, listens, and returns how to end it. */
export type Panel = (root: HTMLElement, lab: Lab) => () => void;

/** Texts are kept beside each panel in `texts/<panel>.ts`, both languages of one shape. */
export type Texts<T extends Record<string, string>> = { en: T; zh: T };
