// A fold's state as JSON: its maps as `{ "$map": [[key, value], …] }`. Only maps hold names that people chose, so nothing
// else can look like one. Walked here, as a function that `JSON` calls for each member takes several times as long.

export const toStored = (state: object): string => JSON.stringify(plain(state));

export const fromStored = <State>(text: string): State => revived(JSON.parse(text)) as State;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function plain(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (value instanceof Map) return { $map: Array.from(value, ([key, one]) => [key, plain(one)]) };
  if (Array.isArray(value)) return value.map(plain);
  return each(value, plain);
}

function revived(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(revived);
  if ('$map' in value) return new Map((value.$map as [string, unknown][]).map(([key, one]) => [key, revived(one)]));
  return each(value, revived);
}

function each(value: object, change: (of: unknown) => unknown): object {
  const changed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) changed[name] = change(member);
  return changed;
}
