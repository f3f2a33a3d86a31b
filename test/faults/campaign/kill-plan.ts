import { crashPoints, type CrashPoint } from '../../../libs/service-kit/src/faults/crash-points.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Service } from './stack.ts';

/** A moment that has no name: SIGKILL from outside. */
export const anyMoment = 'any moment';

/** Where each service can be killed, and at which of its passes: late enough that the load is in full swing again. */
const often = [60, 240] as const;
const now = [10, 60] as const;
const rarely = [2, 8] as const;

const log = { 'append.begun': often, 'commit.sent': often, 'append.committed': often };
const bus = {
  'relay.read': now,
  'relay.published': now,
  'relay.saved': now,
  'delivery.done': now,
  'offset.committed': rarely,
};

type Passes = Readonly<Partial<Record<CrashPoint | typeof anyMoment, readonly [number, number]>>>;

export const killPlan: Record<Service, Passes> = {
  gateway: {
    'upload.begun': now,
    'blob.part-sent': now,
    'blob.parts-sent': now,
    'blob.published': now,
    'upload.stored': now,
    'upload.completed': now,
    [anyMoment]: now,
  },
  catalog: {
    ...log,
    ...bus,
    'inbox.read': now,
    'inbox.committed': now,
    'expiry.recorded': [1, 1],
    'removal.begun': rarely,
    'removal.deleted': rarely,
    'removal.recorded': rarely,
    [anyMoment]: now,
  },
  membership: {
    'append.begun': now,
    'commit.sent': now,
    'append.committed': now,
    ...bus,
    'push.begun': now,
    'push.done': now,
    [anyMoment]: now,
  },
  // It has no tasks here: its points are met by `npm run crash:tasks`.
  'task-worker': { [anyMoment]: now },
  audit: { 'delivery.done': now, 'offset.committed': rarely, [anyMoment]: now },
};

const planned = new Set(Object.values(killPlan).flatMap((points) => Object.keys(points)));
/** Those of the task-worker, for `npm run crash:tasks`. */
const elsewhere = /^(?:task|import|export|image-import)\./;
const forgotten = Object.keys(crashPoints).filter((point) => !planned.has(point) && !elsewhere.test(point));
if (forgotten.length > 0) throw new Error(`no service is killed at ${forgotten.join(', ')}`);

/** The points of a service that were used least so far, in a random order among equals. */
export function nextPoints(
  service: Service,
  used: Readonly<Record<string, number>>,
  count: number,
  random: SeededRandom,
): string[] {
  return Object.keys(killPlan[service])
    .filter((point) => point !== anyMoment)
    .map((point) => ({ point, times: used[`${service} ${point}`] ?? 0, order: random.next() }))
    .sort((a, b) => a.times - b.times || a.order - b.order)
    .slice(0, count)
    .map(({ point }) => point);
}

export function settingOf(service: Service, point: string, random: SeededRandom): string {
  if (point === anyMoment) return 'none';
  const [low, high] = (killPlan[service] as Record<string, readonly [number, number]>)[point] ?? [1, 1];
  return `${point}:${random.int(low, high)}`;
}
