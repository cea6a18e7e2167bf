/** The browser's history: every change of the page's state is a step in it, and back and forward restore it. */

import * as address from "./address";
import type { Lab, State } from "./lab";

/** Two changes of the same settings within this time are one step. */
const ONE_STEP_MS = 1500;

export class Steps {
  private restoring = false;
  private last = { names: "", at: 0 };

  constructor(
    private readonly state: Readonly<State>,
    private readonly lab: Pick<Lab, "setLanguage" | "openLesson" | "change">,
  ) {
    addEventListener("popstate", () => void this.restore());
  }

  /** Settings were changed: a step of its own, but for a control that is still being moved. */
  changed(names: string[]): void {
    const [name, now] = [names.sort().join(), Date.now()];
    this.write(name === this.last.names && now - this.last.at < ONE_STEP_MS);
    this.last = { names: name, at: now };
  }

  /** Write the state into the address, in the place of what it says or as another step. */
  write(inPlace: boolean, language: State["language"] | null = null): void {
    if (this.restoring) return;
    const { about, description, lesson } = this.state;
    const named = language ?? (address.read(about.settings, location.hash).language === null ? null : this.state.language);
    const at = lesson === null ? null : { id: lesson.lesson.id, card: lesson.card };
    const fragment = address.write(about.settings, about.given, description.settings, named, at);
    if (fragment === location.hash) return;
    const url = `${location.pathname}${location.search}${fragment}`;
    if (inPlace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }

  /** Back, forward, or an address typed in: the page follows, and writes no steps of its own meanwhile. */
  private async restore(): Promise<void> {
    const { about, language, lesson } = this.state;
    const place = address.read(about.settings, location.hash);
    const wanted = { ...address.starting(about.settings, about.given), ...place.settings };
    this.restoring = true;
    try {
      if (place.language !== null && place.language !== language) this.lab.setLanguage(place.language);
      if (place.lesson?.id !== lesson?.lesson.id || place.lesson?.card !== lesson?.card) {
        await this.lab.openLesson(place.lesson?.id ?? null, place.lesson?.card);
      }
      if (address.differences(this.state.settings, wanted).length > 0) await this.lab.change(wanted);
    } finally {
      this.restoring = false;
    }
    this.write(true);
  }
}
