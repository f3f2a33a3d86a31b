import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Missing, TakenEvents, type Message } from './taken-events.ts';

const event = (version: number, stream = 'image-a'): Message => ({
  headers: { ce_id: `${stream} ${version}`, ce_stream: stream, ce_streamversion: String(version), ce_type: 't' },
  value: '{}',
});

describe('the example of a subscriber', () => {
  const directory = mkdtempSync(join(tmpdir(), 'example-'));
  const open = () => new TakenEvents(join(directory, 'taken.sqlite'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('takes each event once, also when it was started anew in between', () => {
    const before = open();
    expect([before.take(event(1)), before.take(event(2)), before.take(event(1))]).toEqual([true, true, false]);
    before.close();
    const after = open();
    expect([after.take(event(2)), after.take(event(3)), after.take(event(1, 'image-b'))]).toEqual([false, true, true]);
    after.close();
  });

  it('does not go on over a hole', () => {
    const taken = open();
    expect(() => taken.take(event(9))).toThrow(Missing);
    expect(taken.take(event(4))).toBe(true);
    taken.close();
  });
});
