/** A lesson, as `GET api/lessons` answers with all of them: data files in src/layerwise/lab/lessons that drive the page. */

import type { Language, Line, Settings, Status } from "./protocol";

export type Both = Record<Language, string>;

export interface Lesson {
  id: string;
  week: number;
  /** The section of the course's notes, as in docs/course-map.md. */
  section: Both;
  title: Both;
  cards: Card[];
}

export interface Card {
  title: Both;
  /** Paragraphs; $...$ is an equation, **...** is strong, `...` is code. */
  text: Both;
  /**
   * What the card sets when it is opened, on top of the defaults and what the lesson's cards before it set: the lesson goes alike
   * whatever the page showed before. The run starts anew. Absent: everything stays as the learner left it.
   */
  settings?: Partial<Settings>;
  /** What the card does then, in order. */
  actions?: Action[];
  /** What the page lights up: "data" "network" "training" "drawing" "strip" "surface" "curves" "histograms" "diagnoses" "timeline" "check". */
  look?: string[];
  /** A question with its answers, one of them right. */
  question?: { text: Both; answers: { text: Both; right: boolean; because: Both }[] };
  /** What must be so before the card is done; the learner brings it about with the real controls. */
  until?: Until;
  /** What brings `until` about where the card's own actions do not, for a learner who asks to be shown. */
  solution?: { settings?: Partial<Settings>; actions?: Action[] };
  /** A small picture inside the card. */
  figure?: "graph" | "activations" | "losses";
}

export type Action =
  | { do: "start"; epochs?: number; pace?: number }
  | { do: "pause" | "reset" | "epoch" | "check_gradients" | "open_homework" | "vectorization" }
  | { do: "travel"; epoch: number }
  | { do: "strip"; phase: Line["phase"]; layer?: number }
  | { do: "open_layer"; layer: number }
  | { do: "open_unit"; layer: number; unit: number }
  | { do: "compare"; settings: Partial<Settings> };

export type Until =
  | { epoch: number }
  | { cost_below: number }
  | { metric: string; above: number }
  | { setting: keyof Settings; is: unknown }
  | { diagnosis: string }
  | { status: Status }
  | { checked: true };
