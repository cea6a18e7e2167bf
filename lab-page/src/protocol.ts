/**
 * What the page and the server say to each other: JSON down, JSON up. With `lesson.ts` the one description of it; the Python side
 * builds these shapes in `src/layerwise/lab/`, and a test type-checks what the server really sends against them.
 *
 * Notation is the course's: columns are examples, W[l] is (n[l], n[l-1]), matrices are lists of rows. `epoch` counts finished epochs:
 * 0 is the initial network. An iteration is one update; an epoch has `steps` of them. No number is ever NaN or infinite: such a
 * number is null, and the frame says so in `divergence`.
 */

export type Matrix = (number | null)[][];
export type Language = "en" | "zh";

/* ---------- GET api/about: what there is to choose, once a page ---------- */

export interface About {
  version: string;
  settings: Setting[];
  presets: Preset[];
  limits: { upload_bytes: number; rows: number; columns: number; cell: number; drawn_points: number; hidden_layers: number; units: number };
  /** The table that the command line opened the lab with, if any. */
  table: Table | null;
  /** Settings the command line asked for (target, hidden ...), on top of the defaults. */
  given: Partial<Settings>;
}

/** A setting, declared once in Python (`lab/settings.py`); its label and help are the page's texts `setting.<name>`. */
export interface Setting {
  name: string;
  group: "data" | "network" | "training";
  kind: "choice" | "integer" | "number" | "integers" | "names" | "text" | "points";
  default: unknown;
  choices?: string[];
  /** Limits that the server enforces. */
  minimum?: number;
  maximum?: number;
  /** What a slider spans, where it is less than the limits. */
  slider?: { minimum: number; maximum: number; log: boolean };
  /** Whether null may stand for "none" or "chosen for you". */
  optional?: boolean;
  /** Presets for which the setting means something; absent: all. */
  only_for?: string[];
}

export interface Preset {
  name: string; // "flower", "moons", "circles", "spiral", "xor", "parity", "waves", "digits", "breast_cancer", "points", "table"
  task: Task | null; // null: depends on the table or the points
}

/** All settings by name; see lab/settings.py. */
export interface Settings {
  preset: string;
  examples: number;
  noise: number;
  data_seed: number;
  bits: number; // of parity
  validation: number; // the part of the examples held out
  points: [number, number, number][]; // drawn: x, y, label
  table: string | null; // the id of an uploaded table
  target: string | null;
  columns: string[] | null; // null: all but the target
  hidden: number[]; // units of each hidden layer; [] is logistic (or linear, or softmax) regression
  activations: string[]; // of each hidden layer
  initialization: string; // "zeros" | "normal" | "glorot" | "he" | "lecun"
  scale: number; // of "normal"
  loss: string; // "auto" or a loss's name
  l2: number;
  dropout: number;
  optimizer: string;
  learning_rate: number;
  batch_size: number | null; // null: full batches
  schedule: string;
  epochs: number;
  seed: number;
  engine: string; // "native" | "numpy"
  dtype: string; // "float32" | "float64"
}

export type Task = "binary" | "classes" | "regression";

/* ---------- POST api/tables?name=FILE (body: the CSV text): an upload ---------- */

export interface Table {
  id: string;
  name: string;
  rows: number;
  columns: { name: string; kind: string; missing: number; distinct: number; examples: string[] }[];
  target: string | null; // a guess
  preview: string[][];
}

/* ---------- POST api/experiments {settings}: a new one; POST api/experiments/ID/settings {settings}: changed ---------- */

export interface Description {
  id: string;
  settings: Settings; // all of them, checked
  task: Task;
  sizes: number[]; // n[0..L]
  activations: string[]; // g[1..L]
  loss: string;
  parameters: number; // how many
  steps: number; // an epoch
  m: number;
  m_validation: number;
  inputs: string[]; // names of the n_x inputs
  outputs: string[]; // names of the n_y outputs: the target, or the classes
  target: string;
  classes: string[] | null;
  /** Two inputs to draw the plane of, or the first two principal components where "components". */
  plane: { kind: "columns" | "components"; x: string; y: string };
  /** Sentences on the data: columns that were dropped, rows left out. */
  notices: string[];
  /** The CSV columns an input belongs to are known for tables only. */
  status: Status;
}

export type Status = "ready" | "running" | "paused" | "finished" | "diverged" | "failed";

/* ---------- GET api/experiments/ID/points?view=VIEW: the examples on the plane ---------- */

export interface Points {
  x: number[];
  y: number[];
  /** The class's number, or the number to predict. */
  label: number[];
  validation: boolean[];
  x_name: string;
  y_name: string;
}

/* ---------- POST api/experiments/ID/run {action, epochs?, pace?} -> {status} ---------- */

export interface Run {
  action: "start" | "pace" | "pause" | "epoch" | "reset"; // "pace": another one, if it runs; "epoch": one epoch, then pause
  /** Together with start: plan so many epochs in all (more than before goes on where the run stands). */
  epochs?: number;
  /** Epochs a second at most; null: as fast as the engine goes. */
  pace?: number | null;
}

/* ---------- GET api/experiments/ID/events?view=VIEW (server-sent events, event: frame) ----------
   The stream goes on through changes of settings. Its last event may be "gone" or "objection", each with an Objection. */

/** What is to be looked at; JSON in the query string. Another view is another stream. */
export interface View {
  plane?: { kind: "columns" | "components"; x?: string; y?: string };
  /** Points a side of the surface; 0: none. */
  surface?: number;
  /** Points a side of each unit's response map; 0: none. */
  maps?: number;
}

export interface Frame {
  number: number;
  status: Status;
  epoch: number;
  epochs: number; // planned
  /** New or changed part of the curve: points from `from` on replace what the page has; a new `generation` replaces all. */
  curve: Curve;
  checkpoints: number[]; // epochs that are kept
  flags: Flag[]; // things that happened, for the timeline
  divergence: Divergence | null;
  error: string | null; // status "failed"
  /** Null where nothing changed since the frame before. */
  snapshot: Snapshot | null;
  /** Milliseconds between the epoch's end and the frame's being written. */
  age_ms: number;
  epochs_per_second: number;
}

export interface Curve {
  generation: number;
  from: number;
  epoch: number[]; // of point k
  cost: (number | null)[]; // the mean over the epoch's steps, each before its update: not the snapshot's cost after it
  validation_cost: (number | null)[]; // after the epoch; [] without validation examples
}

export interface Flag {
  epoch: number;
  code: string; // a diagnosis's code when it was first seen, "diverged", "best"
}

export interface Divergence {
  /** The epoch that could not be finished and its step, both counted from 1. */
  epoch: number;
  step: number;
  tensor: string;
  layer: number | null;
  /** The epoch whose parameters are the last finite ones, which the page shows. */
  last_good: number;
}

/* ---------- GET api/experiments/ID/snapshot?epoch=E&view=VIEW: time travel gives what a frame gives ---------- */

export interface Snapshot {
  epoch: number;
  iteration: number;
  cost: number | null; // of the training examples with these parameters, without dropout
  validation_cost: number | null;
  metrics: Record<string, number>; // on validation examples, or training examples where there are none: accuracy or rmse
  learning_rate: number | null; // of the next step
  layers: LayerLook[]; // layers 1..L in order
  surface: Surface | null;
  diagnoses: Diagnosis[];
}

export interface LayerLook {
  layer: number;
  units: number;
  inputs: number; // n[l-1]
  activation: string;
  /** Up to 32 x 32; null where it is larger: then the page asks for the layer. */
  W: Matrix | null;
  b: (number | null)[] | null;
  dW: Matrix | null;
  db: (number | null)[] | null;
  /** Of the activations A[l] and the derivatives dZ[l] over up to 500 training examples: counts between equally wide edges. */
  activation_histogram: Histogram;
  gradient_histogram: Histogram;
  /** The part of its units that are inactive, or saturated, for nearly all examples. */
  dead: number;
  saturated: number;
  /** ||update|| / ||W|| of the next step. */
  update_ratio: number | null;
  norm: number; // ||W||
  gradient_norm: number | null; // ||dW||
  /** Response maps of its first units on the plane: bytes, row by row from the top, 0 the lowest, 255 the highest value. */
  maps: { minimum: number; maximum: number; bytes: string /* base64 */ }[];
}

export interface Histogram {
  minimum: number;
  maximum: number;
  counts: number[];
}

/** The network's output on the plane, row by row from the top (largest y first). */
export interface Surface {
  side: number;
  x: [number, number];
  y: [number, number];
  x_name: string;
  y_name: string;
  /** binary: the probability of class 1 times 255. classes: of the likeliest class. regression: between minimum and maximum. */
  bytes: string;
  classes: string | null; // base64 bytes: the likeliest class of each point, with more than two classes
  minimum: number;
  maximum: number;
}

export interface Diagnosis {
  code: string;
  layer: number;
  severe: boolean;
  /** English sentences; the page's Chinese has templates by code, filled with `facts`. */
  evidence: string;
  cause: string;
  cure: string;
  facts: Record<string, number | string>;
  /** Settings that try the cure; null where there is none to change. */
  change: Partial<Settings> | null;
}

/* ---------- GET api/experiments/ID/strip?epoch=E&batch=K&example=I ---------- */

/** One step of mini-batch K of the epoch after E, from the parameters before it, in the lines of the course. */
export interface Strip {
  epoch: number;
  batch: number; // 0..batches-1
  batches: number;
  rows: number[]; // the training examples of this batch, in its order
  example: number; // the place in the batch of the chosen example
  lines: Line[];
}

export interface Line {
  phase: "forward" | "loss" | "backward" | "gradient" | "update";
  layer: number | null;
  /** In the notation of the course, for KaTeX: Z^{[1]} = W^{[1]} A^{[0]} + b^{[1]}. */
  latex: string;
  /** The same line for one example where it has one column an example, with this network's numbers. */
  terms: Term[];
}

export type Term =
  | { kind: "text"; latex: string } // "=", "+", "\\cdot", "\\tanh(", ")"
  | {
      kind: "tensor";
      /**
       * What a number is of: "W[1]", "Z[1]", "dW[2]", "D[1]" (dropout), "g'[1]" (the slope), "loss" (of each example), "J", "L2" (the
       * penalty), "v of dW[1]" (what the optimizer remembers); the number in row i, column j is "W[1]:i,j" everywhere on the page.
       * A prime at the end says: after the step, "W[1]'".
       */
      name: string;
      latex: string;
      shape: [number, number];
      /** At most 12 x 12, the first rows and columns. */
      values: Matrix;
      /** Where the first value stands in the whole tensor (the column of the chosen example). */
      row: number;
      column: number;
    };

/* ---------- GET api/experiments/ID/layer?epoch=E&batch=K&layer=L ---------- */

export interface LayerTensors {
  layer: number;
  tensors: { name: string; latex: string; shape: [number, number]; values: Matrix }[]; // at most 64 x 64 each: W b Z A dZ dA dW db
}

/* ---------- GET api/experiments/ID/unit?epoch=E&batch=K&example=I&layer=L&unit=U ---------- */

/** The computation graph of one unit for one example: value and derivative of the example's loss at every node. */
export interface UnitGraph {
  layer: number;
  unit: number;
  nodes: { id: number; operation: string; name: string; latex: string; value: number | null; grad: number | null; inputs: number[] }[];
  cut: number; // how many of its inputs are not drawn (more than 12)
}

/* ---------- POST api/experiments/ID/gradients {epoch} ---------- */

export interface GradientCheck {
  max_relative_error: number;
  tolerance: number;
  ok: boolean;
  checked: number; // how many derivatives; a sample of a large network
  of: number;
  layers: { layer: number; tensor: "W" | "b"; errors: Matrix /* relative; at most 32 x 32: of a larger tensor the largest of each part; null where not checked */; largest: number; analytic: number; numeric: number; at: [number, number] }[];
}

/* ---------- POST api/experiments/ID/homework ---------- */

export interface Homework {
  epoch: number;
  batch: number;
  /** The learner's own parameters, by name ("W[1]", "b[1]"); those not given are the network's at this epoch. */
  parameters: Record<string, number[][]>;
  /** What was computed by hand, by name: "Z[1]", "A[2]", "dW[1]", "db[1]", "J" ([[number]]). */
  answers: Record<string, number[][]>;
}

export interface Marks {
  marks: {
    name: string;
    verdict: "exact" | "close" | "wrong" | "shape"; // exact: to the digits given; close: within 1 %; shape: another shape
    largest_difference: number | null;
    at: [number, number] | null;
    expected_shape: [number, number];
    hint: string | null; // a code the page has a text for: "transposed", "not_divided_by_m", "sign", "factor_m", null
  }[];
}

/* ---------- POST api/experiments/ID/export {kind, epoch}: a file ---------- */

export type ExportKind = "model" | "script" | "numpy" | "sklearn" | "pytorch" | "predictions" | "history";

/* ---------- POST api/vectorization {n_x, m}: a loop against matrices, timed now ---------- */

export interface Vectorization {
  n_x: number;
  m: number;
  loop_seconds: number;
  matrix_seconds: number;
  largest_difference: number;
}

/* ---------- GET api/lessons: see lesson.ts ---------- */

/* ---------- errors: any 4xx ---------- */

export interface Objection {
  /** Subject, rule, fact, remedy in one sentence or two: in English, as all that the server says; texts/sentences.ts has the Chinese. */
  error: string;
  /** The setting it is about, if it is. */
  setting: string | null;
  /** "gone": the experiment or table was dropped; the page makes it anew. */
  code: string;
}
