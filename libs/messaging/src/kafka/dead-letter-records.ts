import type { DeadLetter } from '../port.js';
import type { Outgoing } from './sender.js';
import { headersOf, textOf, type KafkaRecord, type TopicReader } from './topic-reader.js';

/** Where a letter came from; with the group, its name. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** What a record of the dead-letter topic says. `at` is its own offset. */
export type Said =
  | { readonly kind: 'letter'; readonly id: string; readonly at: bigint; readonly key: string; readonly origin: Origin }
  | { readonly kind: 'taken'; readonly id: string; readonly at: bigint }
  | { readonly kind: 'replay'; readonly key: string | null; readonly at: bigint };

/** One topic a group, of one partition, compacted: what is left of it is what is still parked. */
export const deadLetterTopic = (group: string): string => `cloud-images.dead-letters.${group}`;

const LETTER = 'letter ';
const REPLAY = 'replay ';
const REPLAY_ALL = 'replay';
const MAX_CAUSE = 2_000;

export const letterId = ({ topic, partition, offset }: Origin): string => `${topic} ${partition} ${offset}`;

/** The message as it was, headers and all, and beside them why and whence. */
export function letterRecord(letter: DeadLetter): Outgoing {
  return {
    topic: deadLetterTopic(letter.group),
    key: LETTER + letterId(letter),
    value: letter.value,
    headers: {
      ...letter.headers,
      dead_letter_key: letter.key,
      dead_letter_topic: letter.topic,
      dead_letter_partition: String(letter.partition),
      dead_letter_offset: letter.offset,
      dead_letter_attempt: String(letter.attempt),
      dead_letter_cause: letter.cause.slice(0, MAX_CAUSE),
      dead_letter_parked_at: letter.parkedAt,
    },
  };
}

export const takenRecord = (group: string, id: string): Outgoing => ({
  topic: deadLetterTopic(group),
  key: LETTER + id,
  value: null,
  headers: {},
});

/** Asks the members of the group, who alone may deliver. */
export const replayRecord = (group: string, key: string | undefined, askedAt: string): Outgoing => ({
  topic: deadLetterTopic(group),
  key: key === undefined ? REPLAY_ALL : REPLAY + key,
  value: askedAt,
  headers: {},
});

export function readRecord(record: KafkaRecord): Said | null {
  const name = textOf(record.key);
  const at = BigInt(record.offset);
  if (name === REPLAY_ALL) return { kind: 'replay', key: null, at };
  if (name.startsWith(REPLAY)) return { kind: 'replay', key: name.slice(REPLAY.length), at };
  if (!name.startsWith(LETTER)) return null;
  const id = name.slice(LETTER.length);
  if (record.value === null) return { kind: 'taken', id, at };
  const { dead_letter_key: key = '', ...headers } = headersOf(record);
  return { kind: 'letter', id, at, key, origin: originOf(headers) };
}

/** The whole letter, from where it is in the dead-letter topic. */
export async function letterAt(
  reader: TopicReader,
  group: string,
  { at, id }: { readonly at: bigint; readonly id: string },
): Promise<DeadLetter> {
  const [record] = await reader.read(0, at, 100);
  if (!record || BigInt(record.offset) !== at) throw new Error(`the dead letter ${id} is no longer at ${at}`);
  return readLetter(group, record);
}

function readLetter(group: string, record: KafkaRecord): DeadLetter {
  const all = headersOf(record);
  return {
    ...originOf(all),
    group,
    key: all['dead_letter_key'] ?? '',
    value: textOf(record.value),
    headers: Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('dead_letter_'))),
    attempt: Number(all['dead_letter_attempt']),
    cause: all['dead_letter_cause'] ?? '',
    parkedAt: all['dead_letter_parked_at'] ?? '',
  };
}

const originOf = (headers: Readonly<Record<string, string>>): Origin => ({
  topic: headers['dead_letter_topic'] ?? '',
  partition: Number(headers['dead_letter_partition']),
  offset: headers['dead_letter_offset'] ?? '0',
});
