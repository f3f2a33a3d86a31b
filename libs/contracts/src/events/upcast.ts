import type { AnyEvent } from './event.js';

/** Brings the data of one version of an event to the next version. Pure, and never changed once published. */
export type Upcaster = (data: object) => object;

/** By event type: the first lifts version 1 to 2, the second 2 to 3, and so on; as many as the current version has predecessors. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

export const upcasters: Upcasters = {};

/**
 * The event in the version that the code of today knows. What is current already comes back as it is; so does what a
 * newer release wrote, which only `readEvent` refuses: an aggregate's fold must not stop over it.
 */
export function upcast<E extends AnyEvent & { readonly schema_version: number }>(
  event: E,
  known: Upcasters = upcasters,
): E {
  const steps = Object.hasOwn(known, event.type) ? (known[event.type] as readonly Upcaster[]) : [];
  const missing = steps.slice(event.schema_version - 1);
  if (missing.length === 0) return event;
  const data = missing.reduce((older, step) => step(older), event.data);
  return { ...event, data, schema_version: steps.length + 1 };
}
