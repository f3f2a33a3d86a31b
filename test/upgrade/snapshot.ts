// What there is, as clients see it and as the logs have it.
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { ApiClient } from '../support/api-client.ts';
import type { People } from './population.ts';

/** By what was asked: `show as owner <id>`, `file …`, `members …`, `list as admin` … */
export type Shown = ReadonlyMap<string, unknown>;

export async function showAll(people: People, ids: readonly string[]): Promise<Shown> {
  const shown = new Map<string, unknown>();
  const seers = { owner: people.owner, consumer: people.consumer, admin: people.admin };
  for (const [who, client] of Object.entries(seers)) {
    for (const id of ids) {
      const { status, json } = await client.call('GET', `/v2/images/${id}`);
      shown.set(`show as ${who} ${id}`, status === 200 ? json : status);
      const members = await client.call('GET', `/v2/images/${id}/members`);
      shown.set(`members as ${who} ${id}`, members.status === 200 ? members.json.members : members.status);
    }
    shown.set(`list as ${who}`, await listed(client, '/v2/images?limit=7'));
    shown.set(`list by name as ${who}`, await listed(client, '/v2/images?limit=5&sort=name:asc'));
    shown.set(`list of shared as ${who}`, await listed(client, '/v2/images?visibility=shared&member_status=all'));
  }
  for (const id of ids) shown.set(`file ${id}`, await digest(people.owner, id));
  return shown;
}

async function listed(client: ApiClient, first: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const { status, json, body } = await client.call('GET', next);
    if (status !== 200) throw new Error(`${next}: ${status} ${String(body)}`);
    ids.push(...(json.images as { id: string }[]).map(({ id }) => id));
    next = json.next;
  }
  return ids;
}

async function digest(client: ApiClient, id: string): Promise<string> {
  const { status, body } = await client.call('GET', `/v2/images/${id}/file`);
  // A refusal has a request id of its own.
  return status === 200 ? `${body.length} ${createHash('sha512').update(body).digest('hex')}` : String(status);
}

/** Every event of a log as text, by stream and version: all that is recorded, its place in the order of reading too. */
export async function readLog(ownerUrl: string): Promise<ReadonlyMap<string, string>> {
  return query(ownerUrl, async (client) => {
    const { rows } = await client.query<{ place: string; event: string }>(
      `SELECT e.stream || '/' || e.version AS place, to_jsonb(e)::text AS event FROM log.events e ORDER BY 1`,
    );
    return new Map(rows.map(({ place, event }) => [place, event]));
  });
}

/** How many events of a log are on the bus, and how many there are. */
export const relayed = (ownerUrl: string): Promise<{ number: number; events: number }> =>
  query(ownerUrl, async (client) => {
    const { rows } = await client.query<{ number: number; events: number }>(
      `SELECT (SELECT max(number) FROM log.relay)::float8 AS number, (SELECT count(*) FROM log.events)::float8 AS events`,
    );
    return rows[0]!;
  });

async function query<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
