import { fromStored, toStored } from './stored-state.js';

describe('the state of a fold as text', () => {
  test('given maps at any depth, lists and nulls, when stored and read, then the state is the same', () => {
    const state = {
      exists: true,
      name: null,
      tags: ['a', 'b'],
      properties: new Map([
        ['os_distro', 'debian'],
        ['__proto__', 'quoted "text"\n'],
      ]),
      members: new Map([['project', { status: 'pending', levels: new Map([['x', 1]]) }]]),
    };
    expect(fromStored(toStored(state))).toEqual(state);
  });

  test('given any text in it, when stored, then it is one line', () => {
    expect(toStored({ name: 'a\nb\r\u2028' })).not.toMatch(/\n/);
  });
});
