import type pg from 'pg';
import type { ConsumerOptions } from '../port.js';
import { OwnedPartition } from './owned-partition.js';
import { Places } from './places.js';

const EXPIRES_AFTER = '5 seconds';

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly next: string;
}

/** Who is in the group and which partitions are whose: members in the order of their ids, partitions dealt in turn. */
export class Membership {
  /** By `topic partition`. */
  readonly owned = new Map<string, OwnedPartition>();
  readonly places: Places;

  constructor(
    private readonly client: pg.Client,
    private readonly options: ConsumerOptions,
    private readonly memberId: string,
  ) {
    this.places = new Places(client, options.group, options.passOver);
  }

  async join(): Promise<void> {
    const { rows } = await this.client.query<{ topic: string }>(
      'SELECT DISTINCT topic FROM bus.partitions WHERE topic = ANY ($1)',
      [this.options.topics],
    );
    const missing = this.options.topics.filter((topic) => !rows.some((row) => row.topic === topic));
    if (missing.length > 0) throw new Error(`no topic ${missing.join(', ')}`);
    await this.client.query(
      `INSERT INTO bus.offsets (group_name, topic, partition, made)
       SELECT $1, topic, partition, made FROM bus.partitions WHERE topic = ANY ($2) ON CONFLICT DO NOTHING`,
      [this.options.group, this.options.topics],
    );
  }

  /** Says that this member lives, forgets those that don't, and takes or gives up partitions accordingly. */
  async beat(): Promise<void> {
    const { group } = this.options;
    await this.client.query(
      `INSERT INTO bus.members (group_name, member_id, expires_at)
       VALUES ($1, $2, clock_timestamp() + $3::interval)
       ON CONFLICT (group_name, member_id) DO UPDATE SET expires_at = excluded.expires_at`,
      [group, this.memberId, EXPIRES_AFTER],
    );
    await this.client.query('DELETE FROM bus.members WHERE group_name = $1 AND expires_at < clock_timestamp()', [
      group,
    ]);
    const members = await this.client.query<{ member_id: string }>(
      'SELECT member_id::text AS member_id FROM bus.members WHERE group_name = $1 ORDER BY member_id',
      [group],
    );
    const places = await this.client.query<Place>(
      `SELECT topic, partition, next_offset::text AS next FROM bus.offsets
        WHERE group_name = $1 AND topic = ANY ($2) ORDER BY topic, partition`,
      [group, this.options.topics],
    );
    await this.save();
    const mine = members.rows.findIndex(({ member_id }) => member_id === this.memberId);
    await this.settle(places.rows.filter((_, at) => at % members.rows.length === mine));
    await this.askForReplays();
  }

  private async save(): Promise<void> {
    const quiet = [...this.owned.values()].filter((partition) => !partition.busy);
    await Promise.all(quiet.map((partition) => partition.save()));
  }

  private async settle(wanted: readonly Place[]): Promise<void> {
    const names = new Set(wanted.map(nameOf));
    for (const [name, partition] of this.owned) {
      if (names.has(name)) continue;
      partition.stop();
      await partition.finished();
      await partition.save();
      this.owned.delete(name);
      await this.client.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', [this.options.group, name]);
    }
    for (const place of wanted) {
      if (this.owned.has(nameOf(place)) || !(await this.lock(nameOf(place)))) continue;
      // Read again under the lock: the last owner may have moved it meanwhile.
      const { rows } = await this.client.query<{ next: string; made: string | null }>(
        'SELECT next_offset::text AS next, made::text AS made FROM bus.offsets WHERE group_name = $1 AND topic = $2 AND partition = $3',
        [this.options.group, place.topic, place.partition],
      );
      const { topic, partition } = place;
      const from = { topic, partition, next: BigInt(rows[0]?.next ?? '0'), made: rows[0]?.made ?? null };
      const owned = new OwnedPartition(this.client, this.places, this.options, from);
      this.owned.set(nameOf(place), owned);
    }
  }

  private async lock(name: string): Promise<boolean> {
    const { rows } = await this.client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS mine',
      [this.options.group, name],
    );
    return rows[0]?.mine === true;
  }

  private async askForReplays(): Promise<void> {
    const { rows } = await this.client.query<{ topic: string; partition: number; key: string }>(
      'SELECT topic, partition, key FROM bus.parked_keys WHERE group_name = $1 AND replay',
      [this.options.group],
    );
    for (const { topic, partition, key } of rows) this.owned.get(`${topic} ${partition}`)?.replay(key);
  }

  async leave(): Promise<void> {
    await this.save();
    await this.client.query('DELETE FROM bus.members WHERE group_name = $1 AND member_id = $2', [
      this.options.group,
      this.memberId,
    ]);
  }
}

const nameOf = ({ topic, partition }: Pick<Place, 'topic' | 'partition'>): string => `${topic} ${partition}`;
