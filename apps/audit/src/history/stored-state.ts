// A fold's state as JSON: its maps as `{ "$map": [[key, value], …] }`. Only maps hold names that people chose, so nothing
// else can look like one.

export const toStored = (state: object): string =>
  JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? { $map: [...value] } : value));

export const fromStored = <State>(text: string): State =>
  JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && '$map' in value ? new Map(value.$map as [string, unknown][]) : value,
  ) as State;
