export interface Taken {
  /** How many, from the front, are done. */
  readonly done: number;
  /** The first error, null when there was none. */
  readonly error: Error | null;
}

/** Takes all of them at once, but those of one key one after the other; after an error the rest of its key is left. */
export async function takeInKeyOrder<T extends { readonly key: string }>(
  deliveries: readonly T[],
  take: (delivery: T) => Promise<void>,
): Promise<Taken> {
  const done = new Set<T>();
  let error: Error | null = null;
  const takeAll = async (ofKey: readonly T[]) => {
    try {
      for (const delivery of ofKey) {
        await take(delivery);
        done.add(delivery);
      }
    } catch (cause) {
      error ??= cause instanceof Error ? cause : new Error(String(cause));
    }
  };
  await Promise.all([...Map.groupBy(deliveries, ({ key }) => key).values()].map(takeAll));
  const left = deliveries.findIndex((delivery) => !done.has(delivery));
  return { done: left === -1 ? deliveries.length : left, error };
}
