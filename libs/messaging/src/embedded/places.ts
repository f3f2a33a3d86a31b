import type pg from 'pg';
import type { Delivery } from '../port.js';

const CHUNK = 100;

interface Asked<Wish, Answer> {
  readonly wish: Wish;
  readonly resolve: (answer: Answer) => void;
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

/**
 * Where a group is in its partitions, over one session. What partitions ask for in one turn goes in one statement: they
 * come to it together, a few messages each, and a statement costs more than its rows.
 */
export class Places {
  private readonly reads = new Together<Place, Delivery[]>((places) => this.readAll(places));
  private readonly commits = new Together<Place, void>((places) => this.commitAll(places));

  constructor(
    private readonly client: pg.Client,
    private readonly group: string,
  ) {}

  /** The next messages from a place on, in their order. */
  read(place: Place): Promise<Delivery[]> {
    return this.reads.ask(place);
  }

  commit(place: Place): Promise<void> {
    return this.commits.ask(place);
  }

  private async readAll(places: readonly Place[]): Promise<Delivery[][]> {
    const { rows } = await this.client.query<Omit<Delivery, 'attempt'> & { nth: string }>({
      name: 'read_partitions',
      text: `SELECT w.nth::text AS nth, w.topic, w.partition, m."offset"::text AS offset, m.key, m.value, m.headers
               FROM unnest($1::text[], $2::integer[], $3::bigint[]) WITH ORDINALITY AS w (topic, partition, next, nth)
              CROSS JOIN LATERAL (
                SELECT "offset", key, value, headers FROM bus.messages
                 WHERE topic = w.topic AND partition = w.partition AND "offset" >= w.next ORDER BY "offset" LIMIT ${CHUNK}
              ) AS m ORDER BY w.nth, m."offset"`,
      values: columns(places),
    });
    const answers: Delivery[][] = places.map(() => []);
    for (const { nth, ...row } of rows) answers[Number(nth) - 1]?.push({ ...row, attempt: 1 });
    return answers;
  }

  private async commitAll(places: readonly Place[]): Promise<undefined[]> {
    await this.client.query({
      name: 'commit_offsets',
      text: `UPDATE bus.offsets o SET next_offset = w.next, made = w.made
               FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::uuid[]) AS w (topic, partition, next, made)
              WHERE o.group_name = $5 AND o.topic = w.topic AND o.partition = w.partition`,
      values: [...columns(places), places.map(({ made }) => made), this.group],
    });
    return places.map(() => undefined);
  }
}

const columns = (places: readonly Place[]): unknown[] => [
  places.map(({ topic }) => topic),
  places.map(({ partition }) => partition),
  places.map(({ next }) => next.toString()),
];

/** Gathers what is asked for in one turn of the event loop, and asks once. */
class Together<Wish, Answer> {
  private waiting: Asked<Wish, Answer>[] = [];

  constructor(private readonly askAll: (wishes: readonly Wish[]) => Promise<Answer[]>) {}

  ask(wish: Wish): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ wish, resolve, reject }) === 1) setImmediate(() => void this.send());
    });
  }

  private async send(): Promise<void> {
    const asked = this.waiting;
    this.waiting = [];
    try {
      const answers = await this.askAll(asked.map(({ wish }) => wish));
      asked.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      asked.forEach(({ reject }) => reject(error));
    }
  }
}
