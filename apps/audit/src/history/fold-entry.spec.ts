import { renderImage, type Image, type Membership } from '@cloud-images/image-model';
import { entryOf } from '../ledger/arrival.js';
import { created, renamed, shared } from '../testing/given.js';
import { foldEntry, initialOf, type State } from './fold-entry.js';
import { fromStored, toStored } from './stored-state.js';

const begun = entryOf(created(1, 'owner', {}, '9C1F3F0E-8d2a-4c3b-9a55-0d1f5a0b7e11'), 0);
const unset = { visibility: 'shared', protected: false, os_hidden: false, container_format: null, disk_format: null };
const none = { min_disk: 0, min_ram: 0, tags: [], properties: {} };
const entries = [{ ...begun, data: { ...begun.data, ...unset, ...none } }, entryOf(renamed(2), 1)];
/** Through its stored form after each event, as the follower keeps it. */
const folded = (all: typeof entries): State =>
  all.reduce<State>(
    (state, entry) => fromStored(toStored(foldEntry(state, entry).state)),
    initialOf(all[0]?.stream ?? ''),
  );

describe('what was when', () => {
  it('is folded as the catalog folds it, through its stored form', () => {
    const first = {
      ...entries[0]!,
      data: { ...entries[0]!.data, properties: JSON.parse('{"__proto__":"x","$map":"y"}') },
    };
    const image = folded([first, entries[1]!]) as Image;
    expect(image).toMatchObject({ name: 'b2', status: 'queued', owner: 'owner' });
    expect(image.properties).toEqual(
      new Map([
        ['__proto__', 'x'],
        ['$map', 'y'],
      ]),
    );
  });

  it('has a change for each event, and none for one that only a newer release knows', () => {
    const state = initialOf(entries[0]!.stream);
    expect(foldEntry(state, entries[0]!).change.kind).toBe('image');
    expect(foldEntry(state, { ...entries[0]!, type: 'ImagePainted' })).toEqual({ state, change: { kind: 'none' } });
  });

  it('says of each fact about a member what it is after it', () => {
    const added = entryOf(shared(1, 'consumer'), 0);
    const { state, change } = foldEntry(initialOf(added.stream), added);
    expect(change).toEqual({
      kind: 'member',
      member: 'consumer',
      now: { status: 'pending', created_at: added.time, updated_at: added.time },
    });
    expect((fromStored(toStored(state)) as Membership).members.has('consumer')).toBe(true);
    const removed = { ...added, type: 'MemberRemoved', version: 2, data: { ...added.data, from: 'pending', to: null } };
    expect(foldEntry(state, removed).change).toEqual({ kind: 'member', member: 'consumer', now: null });
  });

  it('can be shown', () => {
    expect(JSON.parse(renderImage(folded(entries.slice(0, 1)) as Image, { nullAttributes: 'omit' }))).toMatchObject({
      name: 'first',
      tags: [],
    });
  });
});
