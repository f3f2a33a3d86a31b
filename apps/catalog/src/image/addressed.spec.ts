import type { ImageEvent } from '@cloud-images/contracts';
import { addressed, addressedWhileDeletable, membershipMatters, type Caller } from './addressed.js';
import {
  admin,
  created,
  imageAfter,
  noImage,
  owner,
  purged,
  refusal,
  scheduled,
  stranger,
  uploaded,
  user,
} from './testing/given.js';

const as = (identity: Caller['identity'], member: Caller['member'] = null): Caller => ({ identity, member });
const pending: ImageEvent[] = [created({ visibility: 'public' }), ...uploaded(), scheduled()];

describe('the image that a command is about', () => {
  it('given its owner or an admin, then it is the image', () => {
    const image = imageAfter(created());
    expect(addressed(image, as(owner), 'modify_image')).toBe(image);
    expect(addressed(image, as(admin), 'modify_image')).toBe(image);
  });

  it.each<[string, Caller, 'private' | 'shared' | 'public', 'forbidden' | 'not-found']>([
    ['somebody who does not see it', as(stranger), 'private', 'not-found'],
    ['a member of it', as(stranger, 'pending'), 'shared', 'forbidden'],
    ['somebody who sees it', as(stranger), 'public', 'forbidden'],
    ['its owner as reader', as(user(['reader'])), 'private', 'forbidden'],
    ['a role of another product', as(user(['load-balancer_member'])), 'private', 'forbidden'],
  ])('given %s, then it is refused', (_who, caller, visibility, code) => {
    expect(() => addressed(imageAfter(created({ visibility })), caller, 'modify_image')).toThrow(refusal(code));
  });

  it('given an image that never was or is deleted, then nobody finds it', () => {
    for (const state of [noImage, imageAfter(...pending), imageAfter(...pending, purged())]) {
      for (const caller of [as(owner), as(admin)]) {
        expect(() => addressed(state, caller, 'modify_image')).toThrow(refusal('not-found'));
      }
    }
  });

  it('given a pending deletion, then its owner and an admin may still take it back, and only they know of it', () => {
    const image = imageAfter(...pending);
    expect(addressedWhileDeletable(image, as(owner), 'restore_image')).toBe(image);
    expect(addressedWhileDeletable(image, as(admin), 'restore_image')).toBe(image);
    expect(() => addressedWhileDeletable(image, as(stranger), 'restore_image')).toThrow(refusal('not-found'));
    const gone = imageAfter(...pending, purged());
    expect(() => addressedWhileDeletable(gone, as(owner), 'restore_image')).toThrow(refusal('not-found'));
  });
});

describe('whether the membership must be looked up', () => {
  it.each<[string, ImageEvent[], Caller, boolean]>([
    ['a shared image of another', [created()], as(stranger), true],
    ['when it was looked up already', [created()], as(stranger, 'accepted'), false],
    ['its own image', [created()], as(owner), false],
    ['an admin', [created()], as(admin), false],
    ['a private image', [created({ visibility: 'private' })], as(stranger), false],
    ['a public image', [created({ visibility: 'public' })], as(stranger), false],
    ['a caller without project', [created()], as(user(['member'], null)), false],
    ['a deleted image', [created(), ...uploaded(), scheduled()], as(stranger), false],
  ])('%s', (_case, events, caller, matters) => {
    expect(membershipMatters(imageAfter(...events), caller)).toBe(matters);
  });
});
