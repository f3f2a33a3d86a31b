import type { FetchOffsetsPartition } from 'kafkajs';
import type { Place } from './owned-partition.js';
import { headersOf } from './topic-reader.js';
import type { Topics } from './topics.js';

/** Where a member begins to read a partition that it was given. */
export interface Start {
  readonly at: string;
  /** Of the event before. */
  readonly eventId: string;
  /** The group had no place, or its place was gone: what is there now is new to it. */
  readonly fresh: boolean;
}

/**
 * Compares the places that a group has in a topic with what the topic has there. A place behind the end of its partition,
 * or behind a message that is not the one the group committed, belongs to a topic that was wiped or made anew.
 */
export async function startsOf(topics: Topics, group: string, topic: string): Promise<Map<number, Start>> {
  // The place first: ends only grow, and a place must not seem to be behind one.
  const committed = await topics.committed(group, [topic]);
  const [starts, ends] = await Promise.all([topics.starts(topic), topics.ends(topic)]);
  const places = new Map((committed.get(topic) ?? []).map((place) => [place.partition, place]));
  const found = new Map<number, Start>();
  for (const [partition, start] of starts) {
    const place = places.get(partition);
    const end = BigInt(ends.get(partition) ?? start);
    const stands = place !== undefined && (await stillThere(topics, { topic, partition }, place, BigInt(start), end));
    found.set(
      partition,
      stands
        ? { at: place.offset, eventId: place.metadata ?? '', fresh: false }
        : { at: start, eventId: '', fresh: true },
    );
  }
  return found;
}

async function stillThere(
  topics: Topics,
  place: Place,
  { offset, metadata }: FetchOffsetsPartition,
  start: bigint,
  end: bigint,
): Promise<boolean> {
  const next = BigInt(offset);
  // Below the start: the retention removed what was there.
  if (next < start || next > end) return false;
  return next === start || follows(topics, place, next, metadata ?? '');
}

/** How far somebody is in a partition, and the id of the event before. */
export interface Progress {
  readonly place: Place;
  readonly next: string | null;
  readonly lastEventId: string;
}

/** Throws when a topic is no longer the one in which somebody is so far. */
export async function assertStanding(topics: Topics, progress: readonly Progress[]): Promise<void> {
  // Taken before the ends are asked for, which may go on meanwhile.
  const all = progress.map(({ place, next, lastEventId }) => ({ place, next, lastEventId }));
  for (const [topic, ofTopic] of Map.groupBy(all, ({ place }) => place.topic)) {
    const ends = await topics.ends(topic);
    for (const { place, next, lastEventId } of ofTopic) {
      if (next === null) continue;
      const end = BigInt(ends.get(place.partition) ?? '0');
      const stands = end === BigInt(next) ? await follows(topics, place, end, lastEventId) : end > BigInt(next);
      if (!stands) throw new Error(`${topic} was wiped or made anew`);
    }
  }
}

/** False when the message before `next` is another than the one that was taken there. */
async function follows(topics: Topics, { topic, partition }: Place, next: bigint, eventId: string): Promise<boolean> {
  if (eventId === '') return true;
  const [last] = await topics.reading(topic, (reader) => reader.read(partition, next - 1n));
  return last === undefined || BigInt(last.offset) !== next - 1n || headersOf(last)['ce_id'] === eventId;
}
