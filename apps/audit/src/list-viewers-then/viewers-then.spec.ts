import { viewersThen, type Shown } from './viewers-then.js';

describe('who could see an image', () => {
  const image = (changes: Partial<Shown> = {}): Shown => ({
    ...{ owner: 'p', visibility: 'shared', status: 'active', osHidden: false },
    ...changes,
  });
  const members = (['accepted', 'pending', 'rejected'] as const).map((status) => ({
    member_id: `m-${status}`,
    status,
  }));
  const listed = (changes: Partial<Shown>) =>
    viewersThen(image(changes), members).members.flatMap((one) => (one.listed ? [one.project] : []));

  it('given a shared one, then its members can show it, and who accepted finds it in the list', () => {
    expect(viewersThen(image(), members)).toEqual({
      owner: 'p',
      everyone: false,
      listed_to_everyone: false,
      members: [
        { project: 'm-accepted', status: 'accepted', listed: true },
        { project: 'm-pending', status: 'pending', listed: false },
        { project: 'm-rejected', status: 'rejected', listed: false },
      ],
    });
  });

  it.each([
    ['public', true, true],
    ['community', true, false],
    ['private', false, false],
  ] as const)('given a %s one, then membership says nothing', (visibility, everyone, all) => {
    expect(viewersThen(image({ visibility }), members)).toEqual({
      ...{ owner: 'p', everyone, listed_to_everyone: all, members: [] },
    });
  });

  it.each([{ osHidden: true }, { status: 'killed' }] as const)('given %j, then nobody’s list has it', (changes) => {
    expect(listed(changes)).toEqual([]);
    expect(viewersThen(image({ ...changes, visibility: 'public' }), [])).toMatchObject({
      ...{ everyone: true, listed_to_everyone: false },
    });
    expect(listed({ status: 'deactivated' })).toEqual(['m-accepted']);
  });

  it.each(['pending_delete', 'deleted'] as const)('given one that is %s, then its owner alone', (status) => {
    for (const visibility of ['shared', 'public'] as const) {
      expect(viewersThen(image({ status, visibility }), members)).toMatchObject({ everyone: false, members: [] });
    }
  });
});
