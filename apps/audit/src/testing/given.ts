import { randomUUID } from 'node:crypto';
import { imageStream, membershipStream, securityStream, taskStream, type RecordedEvent } from '@cloud-images/contracts';
import type { Arrival } from '../ledger/arrival.js';

export const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
export const CATALOG_LOG = '11111111-1111-4111-8111-111111111111';
export const MEMBERSHIP_LOG = '22222222-2222-4222-8222-222222222222';
export const TASK_LOG = '33333333-3333-4333-8333-333333333333';
export const GATEWAY_LOG = '44444444-4444-4444-8444-444444444444';
export const TASK = '3e0c4f7a-6b1d-4f0e-8a2c-5d9e7b1f2a64';

interface Happened {
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly data: object;
  readonly number?: number;
  readonly log?: string;
  readonly user?: string;
  readonly project?: string | null;
}

/** An event as it arrives; its number in its log is its version unless another is given. */
export function arrival({ number, log = CATALOG_LOG, user = 'u', project = 'p', ...what }: Happened): Arrival {
  const place = number ?? what.version;
  const event: RecordedEvent = {
    ...what,
    event_id: randomUUID(),
    schema_version: 1,
    recorded_at: `2026-11-24T10:00:00.${String(place % 1_000_000).padStart(6, '0')}Z`,
    position: String(place),
    transaction_id: String(place),
    metadata: {
      actor: { user, project, roles: ['member'], via: 'gateway' },
      request_id: `req-${place}`,
      correlation_id: `req-${place}`,
    },
  };
  return { event, log, number: place };
}

const image = (type: string, version: number, data: object, more: Partial<Happened> = {}): Arrival => {
  const id = (data as { image_id?: string }).image_id ?? IMAGE;
  return arrival({ type, stream: imageStream(id), version, data: { image_id: id, ...data }, ...more });
};

export const created = (version: number, owner: string | null = 'owner', more: Partial<Happened> = {}, id = IMAGE) =>
  image('ImageCreated', version, { image_id: id, from: null, to: 'queued', owner, name: 'first' }, more);
export const renamed = (version: number, more: Partial<Happened> = {}, id = IMAGE) =>
  image('ImageRenamed', version, { image_id: id, from: 'a', to: `b${version}` }, more);
export const ownerChanged = (version: number, from: string, to: string) =>
  image('ImageOwnerChanged', version, { from, to });
export const shared = (version: number, member: string, more: Partial<Happened> = {}, id = IMAGE) =>
  arrival({
    type: 'MemberAdded',
    stream: membershipStream(id),
    version,
    data: { image_id: id, member_id: member, from: null, to: 'pending' },
    log: MEMBERSHIP_LOG,
    ...more,
  });
const task = (type: string, version: number, data: object, more: Partial<Happened>, id: string): Arrival =>
  arrival({ type, stream: taskStream(id), version, data: { task_id: id, ...data }, log: TASK_LOG, ...more });

export const requested = (version: number, owner = 'owner', more: Partial<Happened> = {}, id = TASK) =>
  task(
    'TaskRequested',
    version,
    { from: null, to: 'pending', task_type: 'import', owner, input: {}, source: 'embedded' },
    more,
    id,
  );
export const failed = (version: number, more: Partial<Happened> = {}, id = TASK) =>
  task('TaskFailed', version, { from: 'pending', to: 'failure', run: null, message: 'No such thing.' }, more, id);
/** Somebody of project `p` was refused an image, or (null) something else. */
export const denied = (version: number, imageId: string | null = IMAGE, more: Partial<Happened> = {}) =>
  arrival({
    type: 'AccessDenied',
    stream: securityStream('p'),
    version,
    data: { operation: 'GET /v2/images/{id}', reason: 'not-found', image_id: imageId, count: 1 },
    log: GATEWAY_LOG,
    ...more,
  });
/** Anything, with this number. */
export const added = (number: number) => renamed(number);
