/** Every request the page makes, typed; the store is the only one to call it. */

import type { Lesson } from "./lesson";
import type {
  About, Description, ExportKind, Frame, GradientCheck, Homework, LayerTensors, Marks, Objection, Points, Run, Settings, Snapshot, Status, Strip,
  Table, UnitGraph, Vectorization, View,
} from "./protocol";

/** The server said no, or could not be reached (code "unreachable"). */
export class Refused extends Error {
  constructor(readonly objection: Objection) {
    super(objection.error);
    this.name = "Refused";
  }
}

/** A stream of frames: `closed` when it ended for good, `lost` when the browser is trying again by itself. */
export interface Watching {
  frame(frame: Frame): void;
  lost(): void;
  closed(): void;
}

export interface Server {
  about(): Promise<About>;
  make(settings: Settings | Partial<Settings>): Promise<Description>;
  change(id: string, settings: Settings): Promise<Description>;
  run(id: string, what: Run): Promise<{ status: Status }>;
  points(id: string, view: View): Promise<Points>;
  snapshot(id: string, epoch: number, view: View): Promise<Snapshot>;
  strip(id: string, where: { epoch: number; batch: number; example: number }): Promise<Strip>;
  layer(id: string, where: { epoch: number; batch: number; layer: number }): Promise<LayerTensors>;
  unit(id: string, where: { epoch: number; batch: number; example: number; layer: number; unit: number }): Promise<UnitGraph>;
  gradients(id: string, epoch: number): Promise<GradientCheck>;
  homework(id: string, homework: Homework): Promise<Marks>;
  export(id: string, kind: ExportKind, epoch: number): Promise<{ name: string; content: Blob }>;
  upload(name: string, text: string | Blob): Promise<Table>;
  vectorization(n_x: number, m: number): Promise<Vectorization>;
  lessons(): Promise<Lesson[]>;
  /** Returns how to end it. */
  watch(id: string, view: View, watching: Watching): () => void;
}

type Query = Record<string, string | number>;

const address = (path: string, query: Query = {}): string => {
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return asked.size > 0 ? `api/${path}?${asked}` : `api/${path}`;
};

async function answer(path: string, query: Query | undefined, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path, query), { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Refused({ error: "The lab cannot be reached. Is it still running in the terminal?", setting: null, code: "unreachable" });
  }
  if (response.ok) return response;
  const said: Partial<Objection> = await response.json().catch(() => ({}));
  throw new Refused({ error: said.error ?? `The lab answered ${response.status}.`, setting: said.setting ?? null, code: said.code ?? String(response.status) });
}

async function get<T>(path: string, query?: Query): Promise<T> {
  return (await (await answer(path, query, {})).json()) as T;
}

const sending = (body: unknown): RequestInit => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function post<T>(path: string, body: unknown): Promise<T> {
  return (await (await answer(path, undefined, sending(body))).json()) as T;
}

const of = (id: string, what: string): string => `experiments/${encodeURIComponent(id)}/${what}`;
const looking = (view: View): Query => ({ view: JSON.stringify(view) });

/** The name that the server gives a download. */
export function nameOf(disposition: string | null, otherwise: string): string {
  const name = /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? /filename=([^;\s]+)/.exec(disposition ?? "")?.[1];
  return name === undefined ? otherwise : name.replace(/[/\\]/g, "_");
}

export const server: Server = {
  about: () => get("about"),
  make: (settings) => post("experiments", { settings }),
  change: (id, settings) => post(of(id, "settings"), { settings }),
  run: (id, what) => post(of(id, "run"), what),
  points: (id, view) => get(of(id, "points"), looking(view)),
  snapshot: (id, epoch, view) => get(of(id, "snapshot"), { epoch, ...looking(view) }),
  strip: (id, where) => get(of(id, "strip"), where),
  layer: (id, where) => get(of(id, "layer"), where),
  unit: (id, where) => get(of(id, "unit"), where),
  gradients: (id, epoch) => post(of(id, "gradients"), { epoch }),
  homework: (id, homework) => post(of(id, "homework"), homework),
  async export(id, kind, epoch) {
    const response = await answer(of(id, "export"), undefined, sending({ kind, epoch }));
    return { name: nameOf(response.headers.get("content-disposition"), `layerwise-${kind}`), content: await response.blob() };
  },
  async upload(name, text) {
    const response = await answer("tables", { name }, { method: "POST", headers: { "content-type": "text/csv" }, body: text });
    return (await response.json()) as Table;
  },
  vectorization: (n_x, m) => post("vectorization", { n_x, m }),
  lessons: () => get("lessons"),
  watch(id, view, watching) {
    const source = new EventSource(address(of(id, "events"), looking(view)));
    source.addEventListener("frame", (event) => watching.frame(JSON.parse(event.data) as Frame));
    source.addEventListener("error", () => (source.readyState === EventSource.CLOSED ? watching.closed() : watching.lost()));
    return () => source.close();
  },
};
