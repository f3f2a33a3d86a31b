import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer as Client, EachBatchPayload, IMemberAssignment } from 'kafkajs';
import type { ConsumerOptions } from '../port.js';
import { connectTo, retry, severable, within, type KafkaConnectionOptions } from './connection.js';
import type { DeadLetters } from './dead-letters.js';
import { OwnedPartition, type Owner } from './owned-partition.js';
import { assertStanding, startsOf, type Start } from './places.js';
import type { Topics } from './topics.js';

export interface Timing {
  /** A member that was not heard of for so long is out of the group; the broker's own bounds apply. */
  readonly sessionTimeoutMs: number;
  /** A consumer that did nothing at all for so long has stopped silently. */
  readonly silenceMs: number;
}

/** A batch that takes longer goes on in the background: others must not wait for it, nor the heartbeat. */
const GRACE_MS = 100;
const MAX_WAIT_MS = 100;
/** A rebalance waits for the heartbeat of each member. */
const HEARTBEAT_MS = 500;
const REBALANCE_TIMEOUT_MS = 20_000;
const BEAT_MS = 1_000;
const LOOK_AT_PLACES_MS = 5_000;
const GOODBYE_MS = 3_000;
const MANY = 128;
const offsetCommitted = channel('cloud-images:offset.committed');

export interface SessionParts {
  readonly connection: KafkaConnectionOptions;
  readonly options: ConsumerOptions;
  readonly topics: Topics;
  readonly letters: DeadLetters;
  readonly timing: Timing;
  /** The last owner of each partition in this process, over all sessions: two of them never deliver at once. */
  readonly owners: Map<string, OwnedPartition>;
  /** It is a member of the group and has a partition ready. */
  readonly healthy: () => void;
}

/**
 * One kafkajs consumer from joining the group to leaving it, or to the first thing that goes wrong with it: then whoever
 * runs it makes a new one. kafkajs would restart some by itself, and forget others.
 */
export class Session implements Owner {
  readonly options: ConsumerOptions;
  readonly letters: DeadLetters;
  private readonly client: Client;
  private readonly sever: () => void;
  private owned = new Map<string, OwnedPartition>();
  private starts = new Map<string, Promise<Map<number, Start>>>();
  private lastSign = Date.now();
  private lastBeat = Date.now();
  private ended = false;
  private readonly failure = Promise.withResolvers<never>();

  constructor(private readonly parts: SessionParts) {
    this.options = parts.options;
    this.letters = parts.letters;
    const { connection, sever } = severable(parts.connection);
    this.sever = sever;
    this.client = connectTo(connection).consumer({
      groupId: parts.options.group,
      allowAutoTopicCreation: false,
      sessionTimeout: parts.timing.sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      metadataMaxAge: 30_000,
      retry: { ...retry, restartOnFailure: async () => false },
    });
    this.failure.promise.catch(() => undefined);
    this.listen();
  }

  private listen(): void {
    const { events } = this.client;
    const sign = () => void (this.lastSign = Date.now());
    this.client.on(events.CONNECT, sign);
    this.client.on(events.HEARTBEAT, () => {
      sign();
      this.lastBeat = Date.now();
    });
    this.client.on(events.FETCH, sign);
    this.client.on(events.REBALANCING, () => this.revokeAll());
    this.client.on(events.GROUP_JOIN, ({ payload }) => {
      sign();
      this.lastBeat = Date.now();
      this.assign(payload.memberAssignment);
    });
    this.client.on(events.CRASH, ({ payload }) => this.failed(payload.error));
  }

  /** Ends when it is told to; rejects when something is wrong. */
  async run(stop: AbortSignal, patienceMs: () => number): Promise<void> {
    const { topics, group } = this.options;
    try {
      const stopped = new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        stop.addEventListener('abort', () => resolve(), { once: true });
      });
      const joined = this.client
        .connect()
        .then(() => this.client.subscribe({ topics: [...topics], fromBeginning: true }))
        .then(() =>
          this.client.run({
            autoCommit: false,
            partitionsConsumedConcurrently: MANY,
            eachBatch: (payload) => this.take(payload),
          }),
        );
      joined.catch((error: unknown) => this.failed(error));
      this.letters.follow(() => this.lettersChanged()).catch((error: unknown) => this.failed(error));
      void this.watch(group);
      await Promise.race([stopped, this.failure.promise]);
      this.revokeAll();
      await within(patienceMs() / 2, Promise.all([...this.owned.values()].map((partition) => partition.finished())));
    } finally {
      this.ended = true;
      this.revokeAll();
      await within(GOODBYE_MS, this.client.disconnect());
      this.sever();
    }
  }

  failed(error: unknown): void {
    this.revokeAll();
    this.failure.reject(error instanceof Error ? error : new Error(String(error)));
  }

  assertMember(): void {
    if (Date.now() - this.lastBeat > this.parts.timing.sessionTimeoutMs)
      throw new Error(`${this.options.group} has not heard of this member for a session`);
  }

  private revokeAll(): void {
    for (const partition of this.owned.values()) partition.revoke();
  }

  /** kafkajs has joined and fetches from what is committed; nothing is delivered before `ready`. */
  private assign(assignment: IMemberAssignment): void {
    this.revokeAll();
    this.owned = new Map();
    this.starts = new Map();
    if (this.ended) return;
    for (const [topic, partitions] of Object.entries(assignment)) {
      this.client.resume([{ topic, partitions }]);
      for (const partition of partitions) {
        const mine = new OwnedPartition(this, { topic, partition });
        this.owned.set(mine.name, mine);
      }
    }
  }

  async ready(partition: OwnedPartition): Promise<void> {
    const { owners, topics } = this.parts;
    const { topic } = partition.place;
    const before = owners.get(partition.name);
    owners.set(partition.name, partition);
    await before?.finished();
    const starts = this.starts.get(topic) ?? startsOf(topics, this.options.group, topic);
    this.starts.set(topic, starts);
    const start = (await starts).get(partition.place.partition);
    await this.letters.caughtUp();
    if (!start || partition.isRevoked) return;
    partition.startAt(start);
    if (start.fresh) {
      this.client.seek({ ...partition.place, offset: start.at });
      // So that the group has a place, and a lag, before it took anything.
      await this.commit(partition);
    }
    this.parts.healthy();
  }

  private async take({ batch, isStale }: EachBatchPayload): Promise<void> {
    const partition = this.owned.get(`${batch.topic} ${batch.partition}`);
    if (this.ended || !partition) throw new Error(`${batch.topic} ${batch.partition} is not this member's`);
    // Fetched for a place that was just left.
    if (isStale()) return;
    const done = partition.take(batch.messages);
    if (await within(GRACE_MS, done)) return;
    const place = [{ topic: batch.topic, partitions: [batch.partition] }];
    this.client.pause(place);
    void done.then(() => {
      if (this.owned.get(partition.name) === partition && !this.ended) this.client.resume(place);
    });
  }

  async commit(partition: OwnedPartition): Promise<boolean> {
    const { next, place, lastEventId } = partition;
    if (next === null || next === partition.committed) return true;
    // After a rebalance the broker would take it, though the partition is another member's.
    if (this.owned.get(partition.name) !== partition) return false;
    try {
      await this.client.commitOffsets([{ ...place, offset: next, metadata: lastEventId }]);
      partition.committed = next;
      offsetCommitted.publish(undefined);
      return true;
    } catch {
      return false;
    }
  }

  private lettersChanged(): void {
    for (const partition of this.owned.values()) partition.lettersChanged();
  }

  /** What no error tells: commits that failed, a consumer that fell silent, a topic that is shorter than it was. */
  private async watch(group: string): Promise<void> {
    for (let looked = Date.now(); !this.ended; await sleep(BEAT_MS, undefined, { ref: false })) {
      const silent = Date.now() - this.lastSign;
      if (silent > this.parts.timing.silenceMs) this.failed(new Error(`the consumer of ${group} is silent`));
      for (const partition of this.owned.values()) void this.commit(partition);
      if (Date.now() - looked < LOOK_AT_PLACES_MS) continue;
      looked = Date.now();
      await assertStanding(this.parts.topics, [...this.owned.values()]).catch((error: unknown) => this.failed(error));
    }
  }
}
