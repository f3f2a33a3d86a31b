import type { FetchOffsetsPartition } from 'kafkajs';
import type { Place } from './owned-partition.js';
import { headersOf } from './topic-reader.js';
import type { Topics } from './topics.js';

/** Where a member begins to read a partition that it was given. */
export interface Start {
  readonly at: string;
  /** The group had no place, or its place was gone: what is there now is new to it. */
  readonly fresh: boolean;
}

/**
 * Compares the places that a group has in a topic with what the topic has there. A place behind the end of its partition,
 * or behind a message that is not the one the group committed, belongs to a topic that was wiped or made anew.
 */
export async function startsOf(topics: Topics, group: string, topic: string): Promise<Map<number, Start>> {
  const [committed, starts, ends] = await Promise.all([
    topics.committed(group, [topic]),
    topics.starts(topic),
    topics.ends(topic),
  ]);
  const places = new Map((committed.get(topic) ?? []).map((place) => [place.partition, place]));
  const found = new Map<number, Start>();
  for (const [partition, start] of starts) {
    const place = places.get(partition);
    const end = BigInt(ends.get(partition) ?? start);
    const stands = place !== undefined && (await stillThere(topics, { topic, partition }, place, BigInt(start), end));
    found.set(partition, stands ? { at: place.offset, fresh: false } : { at: start, fresh: true });
  }
  return found;
}

async function stillThere(
  topics: Topics,
  { topic, partition }: Place,
  { offset, metadata }: FetchOffsetsPartition,
  start: bigint,
  end: bigint,
): Promise<boolean> {
  const next = BigInt(offset);
  if (next < 0n || next > end) return false;
  // The retention removed what was before; or nothing tells one message from another.
  if (next <= start || !metadata) return true;
  const [last] = await topics.reader.use((reader) => reader.read(topic, partition, next - 1n));
  return last === undefined || BigInt(last.offset) !== next - 1n || headersOf(last)['ce_id'] === metadata;
}
