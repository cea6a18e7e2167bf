/** What a card looks at, and where it is: two of the settings' groups are in one panel. */

const PANELS: Record<string, string> = { network: "settings", training: "settings" };

/** The id of the panel that a name of `look` means. */
export const panelOf = (look: string): string => PANELS[look] ?? look;
