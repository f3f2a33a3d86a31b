import type { Identity } from '@cloud-images/contracts';
import { assertMayMark, hasStandards, isStandard, standingOf } from './standard.js';

const someone = (roles: string[]): Identity => ({ user: 'u', project: 'p', roles, via: 'gateway', source: 'embedded' });

const options = {
  levelOf: new Map([
    ['gold-role', 'gold'],
    ['also-gold', 'gold'],
    ['core', 'core'],
  ]),
  rackconnectRoles: new Set(['rc']),
};
const now = '2026-11-24T12:00:00Z';
const gold = { levels: ['gold'], rackconnect: false };
const rackconnect = { levels: [], rackconnect: true };
const image = { visibility: 'public', standard_service_levels: 'core, gold' };

describe('standard images', () => {
  it('are for the service levels that an account’s roles amount to', () => {
    expect(standingOf(options, ['gold-role', 'also-gold', 'member'])).toEqual(gold);
    expect(standingOf(options, ['rc'])).toEqual(rackconnect);
    expect(standingOf(options, [])).toEqual({ levels: [], rackconnect: false });
    expect([hasStandards(options), hasStandards({ levelOf: new Map(), rackconnectRoles: new Set() })]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ['of its level', image, gold, true],
    ['of another level', { ...image, standard_service_levels: 'golden' }, gold, false],
    ['of no level', { visibility: 'public' }, gold, false],
    ['that is not public', { ...image, visibility: 'shared' }, gold, false],
    ['before its end of life', { ...image, end_of_life: '2026-11-24T12:00:01Z' }, gold, true],
    ['at its end of life', { ...image, end_of_life: now }, gold, false],
    ['for RackConnect', { visibility: 'public', standard_rackconnect: 'true' }, rackconnect, true],
    ['for RackConnect, to another', { visibility: 'public', standard_rackconnect: 'true' }, gold, false],
    ['not for RackConnect', { visibility: 'public', standard_rackconnect: 'false' }, rackconnect, false],
    ['of a level, to a RackConnect customer without one', image, rackconnect, false],
  ])('given an image %s', (_case, given, standing, expected) => {
    expect(isStandard(given, standing, now)).toBe(expected);
  });

  it('are marked by administrators alone', () => {
    expect(() => assertMayMark('end_of_life', someone(['admin']))).not.toThrow();
    expect(() => assertMayMark('end_of_life', someone(['member']))).toThrow(
      expect.objectContaining({ code: 'reserved-attribute' }) as Error,
    );
  });
});
