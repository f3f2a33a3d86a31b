import type pg from 'pg';
import type { Message, Publisher } from '../port.js';
import { partitionOf } from './partition-of.js';

// One statement per topic and batch. The rows of the partitions are locked in one order, or two publishers could deadlock.
const publish = `
WITH incoming AS (
  SELECT (m->>'partition')::integer AS partition, m->>'key' AS key, m->>'value' AS value, m->'headers' AS headers, nth
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS n(m, nth)),
counts AS (SELECT partition, count(*) AS n FROM incoming GROUP BY partition),
locked AS MATERIALIZED (
  SELECT p.partition FROM bus.partitions p JOIN counts c USING (partition) WHERE p.topic = $1 ORDER BY p.partition FOR UPDATE OF p),
drawn AS (
  UPDATE bus.partitions p SET next_offset = p.next_offset + c.n FROM counts c JOIN locked l USING (partition)
   WHERE p.topic = $1 AND p.partition = c.partition RETURNING p.partition, p.next_offset - c.n AS first)
INSERT INTO bus.messages (topic, partition, "offset", key, value, headers)
SELECT $1, i.partition, d.first + row_number() OVER (PARTITION BY i.partition ORDER BY i.nth) - 1, i.key, i.value, i.headers
  FROM incoming i JOIN drawn d USING (partition)`;

export class EmbeddedPublisher implements Publisher {
  private readonly partitions = new Map<string, number>();

  /** `remake` makes a topic that is gone, if this process had made sure of it. */
  constructor(
    private readonly pool: pg.Pool,
    private readonly remake: (topic: string) => Promise<void>,
  ) {}

  async publish(messages: readonly Message[]): Promise<void> {
    for (const [topic, batch] of Map.groupBy(messages, (message) => message.topic)) {
      if ((await this.insert(topic, batch)) === batch.length) continue;
      // Somebody removed the topic, or made it anew with fewer partitions, since it was last looked at.
      this.partitions.delete(topic);
      const taken = await this.insert(topic, batch);
      if (taken !== batch.length) throw new Error(`${taken} of ${batch.length} messages of ${topic} were taken`);
    }
  }

  private async insert(topic: string, batch: readonly Message[]): Promise<number> {
    const count = await this.partitionCount(topic);
    const rows = batch.map(({ key, value, headers }) => ({ partition: partitionOf(key, count), key, value, headers }));
    const { rowCount } = await this.pool.query({
      name: 'publish',
      text: publish,
      values: [topic, JSON.stringify(rows)],
    });
    return rowCount ?? 0;
  }

  async endOffsets(topic: string): Promise<ReadonlyMap<number, string>> {
    const there = await this.ends(topic);
    if (there.size > 0) return there;
    await this.remake(topic);
    return this.ends(topic);
  }

  private async ends(topic: string): Promise<Map<number, string>> {
    const { rows } = await this.pool.query<{ partition: number; next: string }>({
      name: 'end_offsets',
      text: 'SELECT partition, next_offset::text AS next FROM bus.partitions WHERE topic = $1',
      values: [topic],
    });
    return new Map(rows.map(({ partition, next }) => [partition, next]));
  }

  private async partitionCount(topic: string): Promise<number> {
    const known = this.partitions.get(topic);
    if (known !== undefined) return known;
    const count = (await this.endOffsets(topic)).size;
    if (count === 0) throw new Error(`no topic ${topic}`);
    this.partitions.set(topic, count);
    return count;
  }

  /** The pool is the bus's. */
  async close(): Promise<void> {}
}
