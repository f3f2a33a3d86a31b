import { readProtections } from '@cloud-images/image-model';
import { created, imageAfter, owner, refusal, rules, user } from '../image/testing/given.js';
import type { SiteRules } from '../image/site-rules.js';
import { patchOf } from './patch-document.js';
import { updateImage } from './update-image.js';

const section = (pattern: string, create: string, read: string, update: string, remove: string) =>
  `[${pattern}]\ncreate = ${create}\nread = ${read}\nupdate = ${update}\ndelete = ${remove}\n`;
const site: SiteRules = {
  ...rules,
  protections: readProtections(
    section('fixed', '@', '@', '!', '!') +
      section('secret', 'billing', 'billing', 'billing', 'billing') +
      section('.*', '@', '@', '@', '@'),
  ),
};
const image = imageAfter(created({ properties: { fixed: 'a', secret: 'b' } }));
const patch = (operation: object, identity = owner, given = image) =>
  updateImage({ patch: patchOf([operation], 'v2.1'), identity, rules: site }, given);

describe('changing protected properties', () => {
  it('given one that nobody changes, then it can be made and not changed or removed', () => {
    expect(patch({ op: 'add', path: '/fixed', value: 'x' }, owner, imageAfter(created()))).toHaveLength(1);
    for (const operation of [
      { op: 'add', path: '/fixed', value: 'x' },
      { op: 'replace', path: '/fixed', value: 'x' },
      { op: 'remove', path: '/fixed' },
    ]) {
      expect(() => patch(operation)).toThrow(refusal('property-protected'));
    }
  });

  it('given one that the author may not read, then it is absent to it, and not written over', () => {
    expect(() => patch({ op: 'remove', path: '/secret' })).toThrow(refusal('property-conflict'));
    expect(() => patch({ op: 'replace', path: '/secret', value: 'x' })).toThrow(refusal('property-conflict'));
    expect(() => patch({ op: 'add', path: '/secret', value: 'x' })).toThrow(refusal('property-protected'));
  });

  it('given the role for it, then it is a property like any other', () => {
    const billing = user(['member', 'billing']);
    expect(patch({ op: 'replace', path: '/secret', value: 'x' }, billing)).toHaveLength(1);
    expect(patch({ op: 'remove', path: '/secret' }, billing)).toHaveLength(1);
  });

  it('leaves the rest alone', () => {
    expect(patch({ op: 'add', path: '/note', value: 'x' })).toHaveLength(1);
  });
});
