/** What is known of a type of task before one is begun. */
export interface Offer {
  /** Whether `POST /v2/tasks` takes it; else it is begun by other calls only. */
  readonly byUsers: boolean;
  /** What is wrong with an input that can't even be tried; null when it can. */
  problemOf(input: Readonly<Record<string, unknown>>): string | null;
}

export type Offers = ReadonlyMap<string, Offer>;

/** The problem of an input in which these must be texts that say something. */
export function missingText(input: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | null {
  const missing = names.find((name) => typeof input[name] !== 'string' || input[name] === '');
  return missing === undefined ? null : `'input.${missing}' must be given, as a text.`;
}
