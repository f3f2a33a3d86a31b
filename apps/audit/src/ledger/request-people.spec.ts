import { entryOf } from './arrival.js';
import { created, denied, requested, shared } from '../testing/given.js';
import { assertMaySeePeople, RequestPeople } from './request-people.js';

describe('who requests came from', () => {
  const entries = [created(1), shared(1, 'consumer'), requested(1, 'owner'), denied(1)].map((arrival, at) =>
    entryOf(arrival, at),
  );

  it('is asked of the service that has the event, each request once, and what is forgotten is left out', async () => {
    const asked: [string, readonly string[]][] = [];
    const people = new RequestPeople({
      contexts: async (service, ids) => {
        asked.push([service, ids]);
        if (service !== 'catalog') return [];
        return ids.map((id) => ({ request_id: id, correlation_id: id, user_name: 'Ann', user_agent: 'curl/8' }));
      },
    });
    const request = entries[0]!.request_id;
    expect(await people.of([...entries, entries[0]!])).toEqual({
      [request]: { user_name: 'Ann', user_agent: 'curl/8' },
    });
    expect(asked.map(([service]) => service).sort()).toEqual(['catalog', 'gateway', 'membership', 'task-worker']);
    expect(asked.find(([service]) => service === 'catalog')).toEqual(['catalog', [request]]);
  });

  it('is not told by halves: while one of them is away there is no answer', async () => {
    const away = new RequestPeople({ contexts: () => Promise.reject(new Error('away')) });
    await expect(away.of(entries)).rejects.toThrow('away');
    expect(await away.of([])).toEqual({});
  });

  it('is for those who may read everything', () => {
    expect(() => assertMaySeePeople({ project: 'p' })).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(() => assertMaySeePeople('all')).not.toThrow();
  });
});
