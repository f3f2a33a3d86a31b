import { randomUUID } from 'node:crypto';
import { canonicalJson, hashLeaf } from '@cloud-images/ledger';
import {
  added,
  created,
  denied,
  failed,
  IMAGE,
  ownerChanged,
  renamed,
  requested,
  shared,
  TASK,
} from '../testing/given.js';
import { advance, nothingYet } from './completeness.js';
import { placeKey, planBatch, type Known } from './plan-batch.js';

const nothing: Known = { size: 0, versions: new Map(), ids: new Map(), numbers: new Set(), owners: new Map() };

describe('planning what is sealed next', () => {
  it('given events in order, then each is a leaf, numbered from where the ledger ends', () => {
    const plan = planBatch([created(1), renamed(2), renamed(3)], { ...nothing, size: 40 });
    expect(plan.outcomes).toEqual(['sealed', 'sealed', 'sealed']);
    expect(plan.leaves.map(({ entry }) => [entry.position, entry.version, entry.number])).toEqual([
      [40, 1, 1],
      [41, 2, 2],
      [42, 3, 3],
    ]);
    for (const { entry, text, hash } of plan.leaves) {
      expect(text).toBe(canonicalJson(entry));
      expect(hash).toEqual(hashLeaf(text));
    }
  });

  it('given a delivery again, also in the same batch, then it is known and no leaf', () => {
    const first = created(1);
    const second = renamed(2);
    const had: Known = {
      ...nothing,
      size: 1,
      versions: new Map([[first.event.stream, 1]]),
      ids: new Map([[placeKey(first.event.stream, 1), first.event.event_id]]),
    };
    const plan = planBatch([first, second, second], had);
    expect(plan.outcomes).toEqual(['known', 'sealed', 'known']);
    expect(plan.leaves).toHaveLength(1);
  });

  it('given a version that leaves one out, then it waits, and so does what follows it', () => {
    expect(planBatch([created(1), renamed(3), renamed(4)], nothing).outcomes).toEqual(['sealed', 'gap', 'gap']);
  });

  it('given another event at a sealed place, then it diverges and no leaf changes', () => {
    const plan = planBatch([created(1), created(1)], nothing);
    expect(plan.outcomes).toEqual(['sealed', 'diverged']);
    expect(plan.leaves).toHaveLength(1);
  });
});

describe('an event whose number is another one’s', () => {
  const own = created(1);
  const claimed = created(1, 'other', {}, randomUUID());

  it('is doubtful, in the ledger or in the same batch, and no leaf', () => {
    expect(planBatch([own, claimed], nothing)).toMatchObject({ outcomes: ['sealed', 'doubtful'], leaves: [{}] });
    const had = { ...nothing, numbers: new Set([placeKey(claimed.log, claimed.number)]) };
    expect(planBatch([claimed], had)).toMatchObject({ outcomes: ['doubtful'], leaves: [] });
  });

  it('is sealed when it was read from its log', () => {
    expect(planBatch([own, { ...claimed, vouched: true }], nothing).outcomes).toEqual(['sealed', 'sealed']);
  });
});

describe('whom an event concerns', () => {
  const readers = (...arrivals: Parameters<typeof planBatch>[0]) =>
    planBatch(arrivals, nothing).leaves.map((leaf) => leaf.readers);

  it('given an image, then its owner of that time', () => {
    expect(readers(created(1), renamed(2), ownerChanged(3, 'owner', 'heir'), renamed(4))).toEqual([
      ['owner'],
      ['owner'],
      ['owner', 'heir'],
      ['heir'],
    ]);
  });

  it('given a member, then the owner and the project that it names', () => {
    expect(readers(created(1), shared(1, 'guest'))).toEqual([['owner'], ['owner', 'guest']]);
  });

  it('given a member event before its image is known, then the project that it names', () => {
    const plan = planBatch([shared(1, 'guest')], nothing);
    expect(plan.leaves[0]?.readers).toEqual(['guest']);
    expect([...plan.owners]).toEqual([]);
  });

  it('given a task, then the project that asked for it, whoever did what followed', () => {
    const [first, last] = planBatch([requested(1), failed(2, { project: 'operators' })], nothing).leaves;
    expect([first?.readers, last?.readers]).toEqual([['owner'], ['owner']]);
    expect([first?.entry.kind, last?.entry.kind]).toEqual(['task', 'task']);
  });

  it('given an image that another project gave the id of a task, then neither concerns the other’s owner', () => {
    const image = (...[version, owner]: Parameters<typeof created>) => created(version, owner, {}, TASK);
    expect(readers(requested(1), image(1, 'thief'), failed(2), renamed(2, {}, TASK))).toEqual([
      ['owner'],
      ['thief'],
      ['owner'],
      ['thief'],
    ]);
  });

  it('given what is about security, then no project: neither whose image it was, nor who was refused', () => {
    const plan = planBatch([created(1), denied(1), denied(2, null), renamed(2)], nothing);
    expect(plan.leaves.map((leaf) => leaf.readers)).toEqual([['owner'], [], [], ['owner']]);
    expect(plan.leaves.map((leaf) => leaf.subject)).toEqual([IMAGE, IMAGE, 'Security p', IMAGE]);
    expect(plan.leaves[1]?.entry.kind).toBe('security');
    expect([...plan.owners]).toEqual([[IMAGE, 'owner']]);
  });

  it('given an image of nobody, then nobody, and it is known to be nobody’s', () => {
    const plan = planBatch([created(1, null), renamed(2)], nothing);
    expect(plan.leaves.map((leaf) => leaf.readers)).toEqual([[], []]);
    expect([...plan.owners]).toEqual([[IMAGE, null]]);
  });
});

describe('having all of a log', () => {
  it('given numbers out of order, then it is complete up to the first that is missing', () => {
    const first = advance(nothingYet, [added(2), added(1), added(5), added(4)]);
    expect(first.complete.number).toBe(2);
    expect([...first.ahead.keys()].sort()).toEqual([4, 5]);
    const then = advance(first, [added(3), added(1)]);
    expect(then.complete).toMatchObject({ number: 5, position: '5' });
    expect(then.ahead.size).toBe(0);
  });
});
