import type { Language } from "../protocol";
import { sentence } from "./sentences";

/** What a failure says in the page's language, whatever was thrown. */
export function messageOf(failure: unknown, language: Language): string {
  return sentence(language, failure instanceof Error ? failure.message : String(failure));
}
