import type { Static, TObject } from 'typebox';

/** The aggregate kinds; each has a Kafka topic of its own (see topics.ts). */
export type EventKind = 'image' | 'member' | 'task' | 'security';

/**
 * One row of the table of all event types, from which types, validation, docs and subscribers' schemas come.
 * An additive change keeps `version`; anything else is version + 1, an upcaster and a frozen sample.
 */
export interface EventDefinition<Type extends string = string, Schema extends TObject = TObject> {
  readonly kind: EventKind;
  readonly type: Type;
  readonly version: number;
  /** One sentence for subscribers: what has happened when this event is seen. */
  readonly summary: string;
  readonly schema: Schema;
  /** A published example; samples of every version ever published must still read. */
  readonly sample: Static<Schema>;
}

export function defineEvent<const Type extends string, Schema extends TObject>(
  definition: EventDefinition<Type, Schema>,
): EventDefinition<Type, Schema> {
  return definition;
}

/** The discriminated union `{ type, data }` of a table of definitions. */
export type EventOf<Table extends Record<string, EventDefinition>> = {
  [Name in keyof Table]: { readonly type: Table[Name]['type']; readonly data: Static<Table[Name]['schema']> };
}[keyof Table];
