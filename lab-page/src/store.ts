/** The page's state and its one way to change: see lab.ts for what every part means. */

import * as address from "./address";
import { Refused, type Server, server as http } from "./api";
import { joined, type Kept, none } from "./curve";
import { saveBlob } from "./download";
import { fresh } from "./fresh";
import type { Events, Lab, State } from "./lab";
import type { Lesson } from "./lesson";
import { Newest } from "./newest";
import { Other } from "./other";
import { preferredLanguage, preferredTheme, remember } from "./preferences";
import type { About, Description, Frame, Language, Objection, Run, Settings, Snapshot, Table, View } from "./protocol";
import { Steps } from "./steps";
import { Stream } from "./stream";
import { StripKeeper } from "./strip";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Make the experiment that the address asks for; what of it does not exist any more is left out. */
export async function openLab(server: Server = http): Promise<Lab> {
  const about = await server.about();
  const place = address.read(about.settings, location.hash);
  const start = address.starting(about.settings, about.given);
  const wanted = { ...start, ...place.settings };
  let refused: Objection | null = null;
  const description = await server.make(wanted).catch((refusal: unknown) => {
    if (!(refusal instanceof Refused) || refusal.objection.code === "unreachable" || refusal.objection.code === "forbidden") throw refusal;
    refused = refusal.objection;
    return server.make(start);
  });
  const store = new Store(server, about, description, place.language ?? preferredLanguage());
  await store.begin(place.lesson, refused);
  return store;
}

class Store implements Lab {
  readonly state: Writable<State>;
  private readonly listeners = new Map<keyof Events, Set<(what: never) => void>>();
  private readonly stream: Stream;
  private readonly other: Other;
  private readonly strip: StripKeeper;
  private readonly steps: Steps;
  private kept: Kept = none();
  private newest: Snapshot | null = null;
  private remade = false;
  private frames = 0;
  private library: Promise<Lesson[]> | null = null;

  private readonly changes = new Newest<Settings>((settings) => this.make(settings));
  private readonly travels = new Newest<number>((epoch) => this.fetchSnapshot(epoch));

  constructor(
    private readonly server: Server,
    about: About,
    description: Description,
    language: Language,
  ) {
    this.state = {
      ...fresh(description),
      about,
      table: about.table,
      view: { surface: 64, maps: 20 },
      edges: "weights",
      other: null,
      language,
      theme: preferredTheme((theme) => this.setTheme(theme, false)),
      lesson: null,
      look: [],
      brush: null,
      connection: true,
    };
    this.stream = new Stream(server, {
      frame: (frame) => this.take(frame),
      connection: (now) => this.connected(now),
      gone: () => void this.remake(),
    });
    this.other = new Other(server, this.state, (state) => {
      this.state.other = state;
      this.tell("other");
    });
    this.strip = new StripKeeper(
      server,
      this.state,
      (work) => this.attempt(work),
      () => this.tell("strip"),
    );
    this.steps = new Steps(this.state, this);
  }

  async begin(lesson: address.Place["lesson"], refused: Objection | null): Promise<void> {
    document.documentElement.dataset.theme = this.state.theme;
    this.watch();
    if (lesson !== null) await this.openLesson(lesson.id, lesson.card);
    this.steps.write(true);
    // of the address, not of a control: those show what is instead
    if (refused !== null) setTimeout(() => this.tell("objection", { ...refused, setting: null }));
  }

  on<K extends keyof Events>(event: K, listener: (what: Events[K]) => void): () => void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(listener));
    return () => all.delete(listener);
  }

  private tell<K extends keyof Events>(event: K, ...what: Events[K] extends void ? [] : [Events[K]]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener(what[0] as never);
  }

  /** Do what may be refused, and tell the objection. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      if (refusal.objection.code === "gone") await this.remake();
      else if (refusal.objection.code === "forbidden") this.connected("closed");
      else this.tell("objection", refusal.objection);
    }
  }

  /* ---------- the experiment ---------- */

  async change(settings: Partial<Settings>, sameStep = false): Promise<void> {
    this.state.settings = { ...this.state.settings, ...settings };
    this.tell("settings");
    await this.changes.ask(this.state.settings);
    if (sameStep) this.steps.write(true);
    else this.steps.changed(Object.keys(settings));
  }

  private async make(settings: Settings): Promise<void> {
    const { id, settings: before } = this.state.description;
    try {
      this.adopt(await this.server.change(id, settings).catch((refusal: unknown) => this.madeAnew(refusal, settings)));
    } catch (refusal) {
      // the controls go back, unless somebody asked for something else meanwhile
      if (this.state.settings === settings) {
        this.state.settings = before;
        this.tell("settings");
      }
      return this.attempt(() => Promise.reject(refusal));
    }
    await this.attempt(() => this.other.renew());
  }

  private madeAnew(refusal: unknown, settings: Settings): Promise<Description> {
    if (refusal instanceof Refused && refusal.objection.code === "gone") return this.server.make(settings);
    throw refusal;
  }

  /** The server dropped the experiment: made anew from the settings, once. */
  private async remake(): Promise<void> {
    if (this.remade) return this.tell("objection", { error: "The lab dropped this experiment twice.", setting: null, code: "gone" });
    this.remade = true;
    await this.attempt(async () => this.adopt(await this.server.make(this.state.description.settings)));
  }

  private adopt(description: Description): void {
    const { state } = this;
    this.kept = none();
    this.newest = null;
    this.travels.forget();
    this.strip.forget();
    Object.assign(state, fresh(description));
    if (state.table !== null && state.table.id !== description.settings.table && description.settings.table !== null) state.table = null;
    // a plane of columns that this experiment has not is its own choice again
    const known = (name: string | undefined): boolean => name === undefined || description.inputs.includes(name);
    if (state.view.plane?.kind === "columns" && !(known(state.view.plane.x) && known(state.view.plane.y))) state.view = { ...state.view, plane: undefined };
    for (const event of ["description", "settings", "frame", "snapshot", "opened", "lit", "checked", "strip"] as const) this.tell(event);
    this.watch();
  }

  private watch(): void {
    const { description, view } = this.state;
    this.stream.watch(description.id, view);
    void this.fetchPoints();
  }

  private async fetchPoints(): Promise<void> {
    const { description, view } = this.state;
    await this.attempt(async () => {
      const points = await this.server.points(description.id, view);
      if (description !== this.state.description || view !== this.state.view) return;
      this.state.points = points;
      this.tell("points");
    });
  }

  private take(frame: Frame): void {
    const { state } = this;
    const curve = joined(this.kept, frame.curve);
    if (curve === null) return void this.watch(); // a piece between is missing: from the beginning
    this.remade = false;
    this.frames += 1;
    this.kept = curve;
    const ended = state.status === "running" && frame.status !== "running";
    Object.assign(state, {
      status: frame.status,
      epoch: frame.epoch,
      epochs: frame.epochs,
      epochsPerSecond: frame.epochs_per_second,
      curve: curve.curve,
      checkpoints: frame.checkpoints,
      flags: frame.flags,
      divergence: frame.divergence,
    } satisfies Partial<State>);
    if (frame.snapshot !== null) this.newest = frame.snapshot;
    this.tell("frame");
    if (frame.error !== null && frame.status === "failed") this.tell("objection", { error: frame.error, setting: null, code: "failed" });
    if (state.cursor === null && this.newest !== null && (frame.snapshot !== null || state.snapshot !== this.newest)) this.show(this.newest);
    else if (ended) this.strip.follow();
  }

  private show(snapshot: Snapshot): void {
    this.state.snapshot = snapshot;
    this.tell("snapshot");
    this.strip.follow();
  }

  private connected(now: State["connection"]): void {
    if (this.state.connection === now) return;
    this.state.connection = now;
    this.tell("connection");
  }

  async run(what: Run): Promise<void> {
    if (this.changes.underway !== null) await this.changes.underway; // which would end a run that begins before it
    if (what.action === "reset") {
      this.newest = null; // what is after the beginning is gone: nothing asks about it any more
      this.strip.forget();
    }
    if (what.action !== "pause" && what.action !== "pace" && this.state.cursor !== null) await this.travel(null);
    await this.attempt(async () => {
      const { frames } = this;
      const { status } = await this.server.run(this.state.description.id, what);
      // a short run is over before the answer is read: the frames know better
      if (frames === this.frames) this.state.status = status;
      this.tell("frame");
      await this.other.run(what);
    });
  }

  async travel(epoch: number | null): Promise<void> {
    const { state } = this;
    state.cursor = epoch;
    this.tell("frame");
    this.other.travel(epoch);
    if (epoch !== null) return this.travels.ask(epoch);
    this.travels.forget();
    if (this.newest !== null && state.snapshot !== this.newest) this.show(this.newest);
  }

  private async fetchSnapshot(epoch: number): Promise<void> {
    const { description, view } = this.state;
    await this.attempt(async () => {
      const snapshot = await this.server.snapshot(description.id, epoch, view);
      if (description === this.state.description && this.state.cursor !== null) this.show(snapshot);
    });
  }

  setView(view: Partial<View>): void {
    const next = { ...this.state.view, ...view };
    if (address.equal(next, this.state.view)) return;
    this.state.view = next;
    this.tell("view");
    this.watch();
    this.other.look();
    if (this.state.cursor !== null) void this.travels.ask(this.state.cursor);
  }

  setEdges(edges: State["edges"]): void {
    this.state.edges = edges;
    this.tell("view");
  }

  async upload(name: string, text: string | Blob): Promise<Table> {
    const table = await this.server.upload(name, text);
    this.state.table = table;
    await this.change({ preset: "table", table: table.id, target: table.target, columns: null });
    return table;
  }

  /* ---------- looking closely ---------- */

  private shownEpoch(): number {
    return this.state.snapshot?.epoch ?? this.state.cursor ?? this.state.epoch;
  }

  readonly stripTo: Lab["stripTo"] = (where) => this.strip.to(where);
  readonly stripAt: Lab["stripAt"] = (phase, layer) => this.strip.at(phase, layer);

  open(what: State["opened"]): void {
    this.state.opened = what;
    this.tell("opened");
  }

  light(reference: State["lit"]): void {
    if (this.state.lit === reference) return;
    this.state.lit = reference;
    this.tell("lit");
  }

  layer(layer: number) {
    return this.server.layer(this.state.description.id, { epoch: this.shownEpoch(), batch: this.state.strip.batch, layer });
  }

  unit(layer: number, unit: number) {
    const { batch, example } = this.state.strip;
    return this.server.unit(this.state.description.id, { epoch: this.shownEpoch(), batch, example, layer, unit });
  }

  async checkGradients() {
    const checked = await this.server.gradients(this.state.description.id, this.shownEpoch());
    this.state.checked = checked;
    this.tell("checked");
    return checked;
  }

  wish(what: Events["wish"]): void {
    this.tell("wish", what);
  }

  mark(homework: Parameters<Lab["mark"]>[0]) {
    return this.server.homework(this.state.description.id, { epoch: this.shownEpoch(), batch: this.state.strip.batch, ...homework });
  }

  async export(kind: Parameters<Lab["export"]>[0]): Promise<void> {
    await this.attempt(async () => {
      const { name, content } = await this.server.export(this.state.description.id, kind, this.shownEpoch());
      saveBlob(name, content);
    });
  }

  vectorization(n_x: number, m: number) {
    return this.server.vectorization(n_x, m);
  }

  async compare(settings: Partial<Settings> | null): Promise<void> {
    await this.attempt(() => this.other.begin(settings));
  }

  setBrush(label: number | null): void {
    this.state.brush = label;
    this.tell("brush");
  }

  addPoint(x: number, y: number): void {
    const { brush, settings, about } = this.state;
    if (brush === null || settings.points.length >= about.limits.drawn_points) return;
    const short = (value: number): number => Number(value.toPrecision(4));
    void this.change({ preset: "points", points: [...settings.points, [short(x), short(y), brush]] });
  }

  /* ---------- lessons, language, address ---------- */

  lessons(): Promise<Lesson[]> {
    this.library ??= this.server.lessons().catch((refusal: unknown) => {
      this.library = null;
      throw refusal;
    });
    return this.library;
  }

  async openLesson(id: string | null, card = 0): Promise<void> {
    const lesson = id === null ? undefined : (await this.lessons()).find((one) => one.id === id);
    const at = Math.min(Math.max(card, 0), (lesson?.cards.length ?? 1) - 1);
    this.state.lesson = lesson === undefined ? null : { lesson, card: at };
    this.state.look = lesson?.cards[at]?.look ?? [];
    this.tell("lesson");
    this.steps.write(false);
  }

  setLanguage(language: Language): void {
    this.state.language = language;
    remember("language", language);
    this.tell("language");
    this.steps.write(true, language);
  }

  setTheme(theme: State["theme"], chosen = true): void {
    this.state.theme = theme;
    if (chosen) remember("theme", theme);
    document.documentElement.dataset.theme = theme;
    this.tell("theme");
  }
}
