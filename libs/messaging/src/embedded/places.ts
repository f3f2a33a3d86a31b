import type pg from 'pg';
import type { Delivery } from '../port.js';

/** Messages of one partition in one look. */
export const CHUNK = 100;

interface Asked {
  readonly place: Place;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** The next offset … */
  readonly next: bigint;
  /** … in this making of the partition; null for a place that is older than such marks. */
  readonly made: string | null;
}

/** What a partition has that a group has not taken. */
export interface News {
  /** The offset at which it ends, and which making of it that is. */
  readonly end: bigint;
  readonly made: string;
  /** The next messages; none where the place is of another making. */
  readonly deliveries: Delivery[];
  /** The place behind them and what was passed over. */
  next: bigint;
}

/**
 * Where a group is in its partitions, over one session. All partitions are looked at in one statement, and what they commit
 * in one turn goes in one: they come to it together, a few messages each, and a statement costs more than its rows.
 */
export class Places {
  private waiting: Asked[] = [];

  constructor(
    private readonly client: pg.Client,
    private readonly group: string,
    /** As the consumer's `passOver`. */
    private readonly passOver = '',
  ) {}

  /** The news of each of these places, in their order; undefined where there is none, or no such topic. */
  async look(places: readonly Place[]): Promise<(News | undefined)[]> {
    const { rows } = await this.client.query<MessageRow>({
      name: 'look',
      text: `SELECT w.nth::integer AS nth, p.next_offset::text AS end, p.made::text AS made,
                    m."offset"::text AS offset, m.key, m.value, m.headers
               FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::uuid[]) WITH ORDINALITY AS w (topic, partition, next, made, nth)
               JOIN bus.partitions p ON p.topic = w.topic AND p.partition = w.partition
               LEFT JOIN LATERAL (${this.passOver === '' ? nextMessages : nextWanted}) AS m ON true
              WHERE p.next_offset <> w.next OR p.made IS DISTINCT FROM w.made ORDER BY w.nth, m."offset"`,
      values: [...columns(places), ...(this.passOver === '' ? [] : [this.passOver])],
    });
    const found: (News | undefined)[] = places.map(() => undefined);
    for (const { nth, end, made, offset, key, value, headers } of rows) {
      const { topic, partition, next } = places[nth - 1] as Place;
      const news = (found[nth - 1] ??= { end: BigInt(end), made, deliveries: [], next });
      if (offset === null) continue;
      news.next = BigInt(offset) + 1n;
      if (key !== null) news.deliveries.push({ topic, partition, offset, key, value, headers, attempt: 1 });
    }
    return found;
  }

  commit(place: Place): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ place, resolve, reject }) === 1) setImmediate(() => void this.send());
    });
  }

  private async send(): Promise<void> {
    const asked = this.waiting;
    this.waiting = [];
    try {
      await this.client.query({
        name: 'commit_offsets',
        text: `UPDATE bus.offsets o SET next_offset = w.next, made = w.made
                 FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::uuid[]) AS w (topic, partition, next, made)
                WHERE o.group_name = $5 AND o.topic = w.topic AND o.partition = w.partition`,
        values: [...columns(asked.map(({ place }) => place)), this.group],
      });
      for (const { resolve } of asked) resolve();
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

interface MessageRow extends Pick<Delivery, 'value' | 'headers'> {
  readonly nth: number;
  readonly end: string;
  readonly made: string;
  /** Null when there is no message. */
  readonly offset: string | null;
  /** Null also when it is passed over. */
  readonly key: string | null;
}

const nextMessages = `
SELECT "offset", key, value, headers FROM bus.messages
 WHERE topic = w.topic AND partition = w.partition AND "offset" >= w.next AND p.made = w.made
 ORDER BY "offset" LIMIT ${CHUNK}`;

/** Of what is passed over the last is told, if nothing that is wanted follows it. */
const nextWanted = `
SELECT "offset", CASE WHEN wanted THEN key END AS key, CASE WHEN wanted THEN value END AS value,
       CASE WHEN wanted THEN headers END AS headers
  FROM (SELECT *, coalesce(headers->>'ce_type' !~ $5, true) AS wanted, lead("offset") OVER (ORDER BY "offset") AS following
          FROM (${nextMessages}) AS next) AS seen
 WHERE wanted OR following IS NULL`;

const columns = (places: readonly Place[]): unknown[] => [
  places.map(({ topic }) => topic),
  places.map(({ partition }) => partition),
  places.map(({ next }) => next.toString()),
  places.map(({ made }) => made),
];
