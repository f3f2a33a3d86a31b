/** Random words by name; made at the first call, the same ever after. */
export function passwordsOf(dataDir: string, names: readonly string[]): Record<string, string>;
