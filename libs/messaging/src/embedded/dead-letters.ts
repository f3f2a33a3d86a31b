import type pg from 'pg';
import type { ConsumerOptions, Delivery } from '../port.js';
import { deliver } from '../deliver.js';

/**
 * What a group could not take of one partition, by key. Only the partition's owner writes here (others ask it to replay),
 * so it reads the parked keys once and knows them from then on.
 */
export class DeadLetters {
  private readonly place: readonly [string, string, number];
  private parked: Set<string> | null = null;

  constructor(
    private readonly client: pg.Client,
    private readonly options: ConsumerOptions,
    topic: string,
    partition: number,
  ) {
    this.place = [options.group, topic, partition];
  }

  async parkedKeys(): Promise<ReadonlySet<string>> {
    if (this.parked !== null) return this.parked;
    const { rows } = await this.client.query<{ key: string }>({
      name: 'parked_keys',
      text: 'SELECT key FROM bus.parked_keys WHERE group_name = $1 AND topic = $2 AND partition = $3',
      values: [...this.place],
    });
    return (this.parked = new Set(rows.map(({ key }) => key)));
  }

  /** The letter and the parking of its key, in one statement: one without the other would lose or block for ever. */
  async park(delivery: Delivery, cause: string): Promise<void> {
    await this.client.query(
      `WITH parked AS (
         INSERT INTO bus.parked_keys (group_name, topic, partition, key) VALUES ($1, $2, $3, $5)
         ON CONFLICT (group_name, topic, partition, key) DO UPDATE SET replay = false)
       ${insertLetter}`,
      this.letter(delivery, cause),
    );
    this.parked?.add(delivery.key);
  }

  async add(delivery: Delivery, cause: string): Promise<void> {
    await this.client.query(insertLetter, this.letter(delivery, cause));
  }

  private letter({ offset, key, value, headers, attempt }: Delivery, cause: string): unknown[] {
    return [...this.place, offset, key, value, JSON.stringify(headers), attempt, cause.slice(0, 2_000)];
  }

  /** Delivers the letters of a key in their order; the first that fails again leaves it and the rest parked. */
  async replay(key: string, stopped: () => boolean): Promise<void> {
    const { rows } = await this.client.query<Delivery>(
      `SELECT topic, partition, "offset"::text AS offset, key, value, headers, attempt FROM bus.dead_letters
        WHERE group_name = $1 AND topic = $2 AND partition = $3 AND key = $4 ORDER BY bus.dead_letters."offset"`,
      [...this.place, key],
    );
    for (const letter of rows) {
      if (stopped()) return;
      const failure = await deliver({ ...letter, attempt: 1 }, this.options, stopped);
      if (failure !== null) {
        await this.park({ ...letter, attempt: letter.attempt + failure.attempts }, failure.cause.message);
        this.options.onParked?.(letter, failure.cause);
        return;
      }
      await this.client.query(
        'DELETE FROM bus.dead_letters WHERE group_name = $1 AND topic = $2 AND partition = $3 AND "offset" = $4',
        [...this.place, letter.offset],
      );
    }
    await this.client.query(
      'DELETE FROM bus.parked_keys WHERE group_name = $1 AND topic = $2 AND partition = $3 AND key = $4',
      [...this.place, key],
    );
    this.parked?.delete(key);
  }
}

const insertLetter = `
INSERT INTO bus.dead_letters (group_name, topic, partition, "offset", key, value, headers, attempt, cause)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (group_name, topic, partition, "offset") DO UPDATE SET cause = excluded.cause, attempt = excluded.attempt`;
