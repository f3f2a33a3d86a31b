import type pg from 'pg';
import type { RecordedEvent } from '@cloud-images/contracts';
import type { LogPosition } from '../port.js';

type Ends = Record<string, string>;

/** How far the log is on the topic. Moves forward only, and only for the leader of the current epoch. */
export class Checkpoint {
  private constructor(
    private readonly client: pg.Client,
    private readonly topic: string,
    readonly logId: string,
    private readonly epoch: string,
    public place: LogPosition,
    /** Events of this log on the topic so far. */
    public number: bigint,
    private ends: Ends,
  ) {}

  /** Begins an epoch: whoever led before can no longer move it. */
  static async take(client: pg.Client, topic: string): Promise<Checkpoint> {
    await client.query('INSERT INTO log.relay (topic) VALUES ($1) ON CONFLICT (topic) DO NOTHING', [topic]);
    const { rows } = await client.query<
      Record<'epoch' | 'xid' | 'place' | 'number' | 'log_id', string> & { ends: Ends }
    >(
      `UPDATE log.relay r SET epoch = r.epoch + 1 FROM log.identity i WHERE r.topic = $1
       RETURNING r.epoch::text AS epoch, r.transaction_id::text AS xid, r.position::text AS place,
                 r.number::text AS number, r.ends, i.log_id::text AS log_id`,
      [topic],
    );
    const row = rows[0];
    if (!row) throw new Error('the log has no identity');
    const place = { transaction_id: row.xid, position: row.place };
    return new Checkpoint(client, topic, row.log_id, row.epoch, place, BigInt(row.number), row.ends);
  }

  /**
   * True when the topic ends before what was acknowledged, `justNow` messages since the checkpoint among it: it was wiped
   * or made anew. The sum tells it also when the topic has meanwhile grown past its old ends.
   */
  isAheadOf(ends: ReadonlyMap<number, string>, justNow = 0): boolean {
    const before = Object.entries(this.ends);
    const least = sum(before.map(([, end]) => end)) + BigInt(justNow);
    return (
      sum([...ends.values()]) < least ||
      before.some(([partition, end]) => BigInt(ends.get(Number(partition)) ?? '0') < BigInt(end))
    );
  }

  /** After the acknowledgement of these events. */
  async move(events: readonly RecordedEvent[], ends: ReadonlyMap<number, string>): Promise<void> {
    const last = events.at(-1);
    if (!last) return;
    const place = { transaction_id: last.transaction_id, position: last.position };
    await this.save(place, this.number + BigInt(events.length), Object.fromEntries(ends));
  }

  /** From the start: the same events get the same numbers again. */
  rewind(): Promise<void> {
    return this.save({ transaction_id: '0', position: '0' }, 0n, {});
  }

  private async save(place: LogPosition, number: bigint, ends: Ends): Promise<void> {
    const { rowCount } = await this.client.query(
      `UPDATE log.relay SET transaction_id = $3::xid8, position = $4, number = $5, ends = $6 WHERE topic = $1 AND epoch = $2`,
      [this.topic, this.epoch, place.transaction_id, place.position, number.toString(), JSON.stringify(ends)],
    );
    if (rowCount !== 1) throw new Error(`another relay leads ${this.topic} now`);
    this.place = place;
    this.number = number;
    this.ends = ends;
  }
}

const sum = (ends: readonly string[]): bigint => ends.reduce((total, end) => total + BigInt(end), 0n);
