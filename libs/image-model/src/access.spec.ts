import type { Identity } from '@cloud-images/contracts';
import { canSee, relationTo } from './access.js';
import { accessCases } from './testing/access.cases.js';

const identity = (project: string | null, roles: string[], source: Identity['source'] = 'embedded'): Identity => ({
  user: 'u',
  project,
  roles,
  via: 'gateway',
  source,
});

describe('who sees an image by its id', () => {
  it.each(accessCases.map((row) => [row.says, row] as const))('%s', (_says, row) => {
    const caller = identity(row.caller.project, row.caller.operator ? ['admin'] : ['member']);
    expect(relationTo(caller, row.image, row.member)).toBe(row.relation);
    expect(canSee(caller, row.image, row.member)).toBe(row.relation !== null);
  });

  it('given the word admin from a multiproduct source, then it is no operator', () => {
    const image = { owner: 'b', visibility: 'private' } as const;
    expect(relationTo(identity('a', ['admin'], 'rackspace'), image, null)).toBeNull();
  });

  it('given an image and a caller without project, then nobody owns it', () => {
    expect(relationTo(identity(null, ['member']), { owner: null, visibility: 'private' }, null)).toBeNull();
  });
});
