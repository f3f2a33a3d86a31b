/** Builds every package unless the last build still holds (then false). */
export function ensureBuilt(say: (line: string) => void, signal?: AbortSignal): Promise<boolean>;
