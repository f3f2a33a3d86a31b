import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { PollPace } from '@cloud-images/contracts';
import pg from 'pg';
import { Checkpoint } from './checkpoint.js';
import { toMessage, type RelayMessage } from './cloud-event.js';
import { LogReader } from './log-reader.js';

/** What the relay needs of the bus; the messaging port's `Publisher` has it. */
export interface RelayPublisher {
  publish(messages: readonly RelayMessage[]): Promise<void>;
  endOffsets(topic: string): Promise<ReadonlyMap<number, string>>;
}

export interface RelayOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly publisher: RelayPublisher;
  /** Every event of this log goes to this topic. */
  readonly topic: string;
  readonly batch?: number;
  /** A leader that says nothing to the database for so long leads no more. */
  readonly silenceMs?: number;
  readonly onError?: (error: unknown) => void;
  /** The topic was found shorter than what was acknowledged, and is filled again. */
  readonly onRewind?: (topic: string) => void;
}

export interface Relay {
  stop(): Promise<void>;
}

/** One leader per log, whoever else asks waits: the lock dies with its session. */
const RELAY_LOCK = 7_215_361_906;
/** Of a backlog: each batch costs a look at the topic and a checkpoint, which is a commit. */
const BATCH = 1_000;
const FOLLOWER_MS = 1_000;
const CHECK_TOPIC_MS = 5_000;
/** Longer than the bus may take to acknowledge a batch. */
const SILENCE_MS = 30_000;

const read = channel('cloud-images:relay.read');
const published = channel('cloud-images:relay.published');
const saved = channel('cloud-images:relay.saved');

/** Publishes the log in read order, below the horizon: first occurrences of a key's events are in order, re-sends may follow. */
export function startRelay(options: RelayOptions): Relay {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: RelayOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await session(options, signal, () => (failures = 0));
    } catch (error) {
      failures += 1;
      options.onError?.(error);
    }
    await pause(Math.min(100 * 2 ** failures, 5_000) * (0.5 + Math.random()), signal);
  }
}

/** One database session: waits for the lead, relays until it is told to stop or the session breaks. */
async function session(options: RelayOptions, signal: AbortSignal, progressed: () => void): Promise<void> {
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: `${options.applicationName} relay`,
    // The log is read while a checkpoint is saved.
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    statement_timeout: 10_000,
    // A leader that stands still loses its session, and with it the lead. The driver has no setting of this name.
    options: `-c idle_session_timeout=${options.silenceMs ?? SILENCE_MS}`,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    while (!(await lead(client))) {
      await pause(FOLLOWER_MS, signal);
      if (signal.aborted) return;
    }
    const checkpoint = await Checkpoint.take(client, options.topic);
    await relayAll(options, client, checkpoint, signal, progressed);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function lead(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [RELAY_LOCK]);
  return rows[0]?.mine === true;
}

async function relayAll(
  options: RelayOptions,
  client: pg.Client,
  checkpoint: Checkpoint,
  signal: AbortSignal,
  progressed: () => void,
): Promise<void> {
  const { publisher, topic } = options;
  const rewind = () => {
    options.onRewind?.(topic);
    return checkpoint.rewind();
  };
  const log = new LogReader(client, options.batch ?? BATCH);
  const pace = new PollPace();
  for (let checked = 0; !signal.aborted;) {
    if (Date.now() - checked > CHECK_TOPIC_MS) {
      if (checkpoint.isAheadOf(await publisher.endOffsets(topic))) await rewind();
      checked = Date.now();
    }
    const { events, behind, full } = await log.after(checkpoint.place);
    if (events.length > 0) {
      const messages = events.map((event, at) =>
        toMessage(event, topic, checkpoint.logId, checkpoint.number + BigInt(at + 1)),
      );
      read.publish(undefined);
      await publisher.publish(messages);
      published.publish(undefined);
      const ends = await publisher.endOffsets(topic);
      // A topic that was wiped since the last look would hide behind these ends once they are saved.
      if (checkpoint.isAheadOf(ends, events.length)) await rewind();
      else await checkpoint.move(events, ends);
      saved.publish(undefined);
    }
    progressed();
    if (full) continue;
    // While rows above the horizon exist the next read is due soon, or their delay is the idle one.
    await pause(pace.next(events.length, behind), signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
