// Images in every state that the API can bring them to, with data, tags, members and their answers.
import { login, type Answer, type ApiClient } from '../support/api-client.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface People {
  readonly owner: ApiClient;
  readonly consumer: ApiClient;
  readonly consumerProject: string;
  readonly admin: ApiClient;
  close(): Promise<void>;
}

export async function people(url: string): Promise<People> {
  const [owner, consumer, admin] = await Promise.all(['demo', 'alt', 'admin'].map((name) => login(url, name)));
  if (!owner || !consumer || !admin) throw new Error('nobody could log in');
  const clients = [owner.client, consumer.client, admin.client];
  return {
    owner: owner.client,
    consumer: consumer.client,
    consumerProject: consumer.projectId,
    admin: admin.client,
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

/** One life each; an image lives the one that its number says. Returns the ids. */
export async function populate(people: People, count: number, random: SeededRandom): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const created = await expecting(201, people.owner.call('POST', '/v2/images', { body: describe(nth) }));
    const id = String(created.json.id);
    ids.push(id);
    await lives[nth % lives.length]!(id, people, random);
  }
  return ids;
}

const describe = (nth: number) => ({
  name: `image ${nth} – größer`,
  disk_format: 'raw',
  container_format: 'bare',
  min_disk: nth % 7,
  tags: [`t${nth % 3}`, 'all'],
  os_distro: 'debian',
  [`own_${nth % 5}`]: `value ${nth}`,
});

type Life = (id: string, people: People, random: SeededRandom) => Promise<unknown>;

const filled: Life = (id, { owner }, random) => expecting(204, owner.upload(id, random.bytes(random.int(1, 300_000))));
const shared: Life = (id, { owner, consumerProject }) =>
  expecting(200, owner.call('POST', `/v2/images/${id}/members`, { body: { member: consumerProject } }));
const answered =
  (status: string): Life =>
  (id, { consumer, consumerProject }) =>
    expecting(200, consumer.call('PUT', `/v2/images/${id}/members/${consumerProject}`, { body: { status } }));
const renamed: Life = (id, { owner }) =>
  expecting(
    200,
    owner.patch(id, [
      { op: 'replace', path: '/name', value: `renamed ${id}` },
      { op: 'add', path: '/build', value: '17' },
      { op: 'replace', path: '/tags', value: [] },
    ]),
  );
const acted =
  (action: string): Life =>
  (id, { admin }) =>
    expecting(204, admin.call('POST', `/v2/images/${id}/actions/${action}`));
const published: Life = (id, { admin }) =>
  expecting(200, admin.patch(id, [{ op: 'replace', path: '/visibility', value: 'public' }]));
const shielded: Life = (id, { owner }) =>
  expecting(200, owner.patch(id, [{ op: 'replace', path: '/protected', value: true }]));
const removed: Life = (id, { owner }) => expecting(204, owner.call('DELETE', `/v2/images/${id}`));

const inTurn =
  (...steps: Life[]): Life =>
  async (id, people, random) => {
    for (const step of steps) await step(id, people, random);
  };

const lives: readonly Life[] = [
  inTurn(),
  inTurn(filled),
  inTurn(filled, renamed),
  inTurn(shared),
  inTurn(filled, shared, answered('accepted')),
  inTurn(shared, answered('rejected')),
  inTurn(filled, acted('deactivate')),
  inTurn(filled, acted('deactivate'), acted('reactivate'), shielded),
  inTurn(filled, published),
  inTurn(filled, shared, answered('accepted'), removed),
  inTurn(removed),
];

/** The one of these lives that can be restored. */
export const restorable = (nth: number): boolean => nth % lives.length === 9;

async function expecting(status: number, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${String(answer.body)}`);
  return answer;
}
