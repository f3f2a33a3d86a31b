import type { Answer, Call } from '../../support/api-client.ts';
import type { Person } from '../service.ts';

/** One rule of the specification as one request and what must come back. */
export interface Row<Actor extends string = string, Fixture extends string = string> {
  /** An id of clauses.mjs. */
  readonly rule: string;
  readonly says: string;
  readonly as?: Actor;
  /** `{id}` in the path and the body stands for this image's id. */
  readonly on?: Fixture;
  readonly method: string;
  readonly path: string;
  readonly call?: Call;
  readonly status: number;
  /** The stable code of an error. */
  readonly code?: string;
  /** null: must not be there. */
  readonly headers?: Readonly<Record<string, RegExp | string | null>>;
  /** What the body must hold (`toMatchObject`), or a closer look. */
  readonly json?: object | ((json: any, answer: Answer) => void);
}

/** As a title: the ledger finds the rule by it. */
export const titled = (rule: string, says: string): string => `[${rule}] ${says}`;

export interface World {
  readonly people: Readonly<Record<string, Person>>;
  readonly images: Readonly<Record<string, string>>;
}

/** Sends the request of a row and checks all that the row says. */
export async function check(row: Row, { people, images }: World): Promise<void> {
  const id = row.on === undefined ? '' : images[row.on];
  if (id === undefined) throw new Error(`no fixture ${row.on}`);
  const fill = (text: string) =>
    text
      .replaceAll('{id}', id)
      .replaceAll(/\{project:(\w+)\}/g, (_, name: string) => people[name]?.projectId ?? '')
      .replaceAll(/\{image:(\w+)\}/g, (_, name: string) => images[name] ?? '');
  const person = people[row.as ?? 'demo'];
  if (person === undefined) throw new Error(`nobody is called ${row.as}`);
  const { body, ...rest } = row.call ?? {};
  const sent =
    body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : JSON.parse(fill(JSON.stringify(body))) };
  const answer = await person.client.call(row.method, fill(row.path), { ...rest, ...sent });
  expect({ status: answer.status, code: answer.json?.error, said: answer.json?.message }).toMatchObject({
    status: row.status,
    ...(row.code === undefined ? {} : { code: row.code }),
  });
  expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
  for (const [name, wanted] of Object.entries(row.headers ?? {})) {
    if (wanted === null) expect(answer.headers[name]).toBeUndefined();
    else if (typeof wanted === 'string') expect(answer.headers[name]).toBe(fill(wanted));
    else expect(answer.headers[name]).toMatch(wanted);
  }
  if (typeof row.json === 'function') row.json(answer.json, answer);
  else if (row.json !== undefined) expect(answer.json).toMatchObject(JSON.parse(fill(JSON.stringify(row.json))));
}
