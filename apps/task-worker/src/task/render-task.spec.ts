import { renderTask } from './render-task.js';
import type { Task } from './task.js';

describe('a task as it is shown', () => {
  const shown = (input: object, result: object | null = null): string => {
    const times = { createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z', expiresAt: null };
    const task = { id: 't', type: 'import', status: 'pending', owner: 'p', message: null, progress: null };
    return JSON.stringify(renderTask({ ...task, ...times, input, result } as unknown as Task));
  };

  it('is the same whether its members came from a request or from the log, which orders them', () => {
    const given = { uri: 'u', method: 'm', image_properties: { b: [{ d: 1, c: null }], a: 'x' } };
    const logged = { uri: 'u', image_properties: { a: 'x', b: [{ c: null, d: 1 }] }, method: 'm' };
    expect(shown(given)).toBe(shown(logged));
    expect(shown({}, { b: 1, a: 2 })).toBe(shown({}, { a: 2, b: 1 }));
    expect(JSON.parse(shown(given)).input).toEqual(given);
  });

  it('keeps a member of any name', () => {
    const given = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as object;
    expect(shown(given)).toContain('"input":{"__proto__":{"x":1},"constructor":2}');
  });
});
