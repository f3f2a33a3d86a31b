// What our services say to each other, said by a test: only for states of an image that clients can't hold still, or can't
// bring about (data that a store loses).
import { randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './service.ts';

type Speaker = 'gateway' | 'task-worker';

/** As `speaker` to the catalog: on behalf of a person, or in the service's own name. */
async function tellCatalog(speaker: Speaker, onBehalfOf: Person | null, path: string, body: object): Promise<void> {
  const data = process.env['CLOUD_IMAGES_TEST_DATA'];
  if (!data) throw new Error('speaking as a service needs CLOUD_IMAGES_TEST_DATA');
  const { ports } = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as { ports: { catalog: number } };
  const who =
    onBehalfOf === null
      ? { user: speaker, project: null, roles: [], source: 'service' }
      : { user: onBehalfOf.userId, project: onBehalfOf.projectId, roles: ['member'], source: 'embedded' };
  const identity = signed({ ...who, via: speaker }, readFileSync(join(data, 'keys', `${speaker}.pem`), 'utf8'));
  const answer = await fetch(`http://127.0.0.1:${ports.catalog}/internal/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-cloud-images-identity': identity,
      'x-cloud-images-request-id': `req-${randomUUID()}`,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
}

/** Claims for a minute, and the service's Ed25519 signature over them. */
function signed(claims: object, privateKeyPem: string): string {
  const iat = Math.floor(Date.now() / 1_000);
  const payload = Buffer.from(JSON.stringify({ ...claims, iat, exp: iat + 60 })).toString('base64url');
  return `${payload}.${sign(null, Buffer.from(payload), privateKeyPem).toString('base64url')}`;
}

/** saving → killed: what the gateway says when data that was stored is not what it received. */
export async function loseData(owner: Person, id: string): Promise<void> {
  const attempt = randomUUID();
  await tellCatalog('gateway', owner, `images/${id}/begin-upload`, { declared_size: null, attempt });
  await tellCatalog('gateway', null, `uploads/${attempt}/fail`, { image_id: id, reason: 'lost', killed: true });
}

/** uploading → importing: what a worker says that takes the task, and then nothing more. */
export const holdImport = (owner: Person, id: string): Promise<void> =>
  tellCatalog('task-worker', owner, `images/${id}/begin-import`, { task_id: randomUUID(), method: 'glance-direct' });
