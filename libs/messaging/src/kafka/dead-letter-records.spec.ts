import type { DeadLetter } from '../port.js';
import { letterAt, letterRecord, readRecord, replayRecord, takenRecord } from './dead-letter-records.js';
import type { Outgoing } from './sender.js';
import type { TopicReader } from './topic-reader.js';

describe('the records of a dead-letter topic', () => {
  const letter: DeadLetter = {
    group: 'catalog',
    topic: 'cloud-images.member',
    partition: 3,
    offset: '1234567890123',
    key: 'ä key',
    value: '{"name":"ünïcode"}',
    headers: { ce_id: 'e1', ce_type: 'cloud-images.member.MemberAdded.v1' },
    attempt: 6,
    cause: 'no such image',
    parkedAt: '2026-01-01T00:00:00.000Z',
  };
  const stored = ({ key, value, headers }: Outgoing, offset = '5') => ({
    offset,
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  });

  it('given a letter, then it comes back as it was', async () => {
    const reader: Pick<TopicReader, 'read'> = { read: async () => [stored(letterRecord(letter))] };
    expect(await letterAt(reader as TopicReader, 'catalog', { at: 5n, id: 'any' })).toEqual(letter);
  });

  it('given a letter, then the fold learns its key and its origin', () => {
    expect(readRecord(stored(letterRecord(letter)))).toEqual({
      kind: 'letter',
      id: 'cloud-images.member 3 1234567890123',
      key: 'ä key',
      origin: { topic: 'cloud-images.member', partition: 3, offset: '1234567890123' },
      at: 5n,
    });
  });

  it('keeps a cause short enough for a header', () => {
    expect(letterRecord({ ...letter, cause: 'x'.repeat(100_000) }).headers['dead_letter_cause']).toHaveLength(2_000);
  });

  it.each([
    ['that a letter was taken', takenRecord('catalog', 'images 0 7'), { kind: 'taken', id: 'images 0 7', at: 5n }],
    ['a request for all', replayRecord('catalog', undefined, 'now'), { kind: 'replay', key: null, at: 5n }],
    ['a request for a key', replayRecord('catalog', 'a key', 'now'), { kind: 'replay', key: 'a key', at: 5n }],
  ])('tells %s', (_what, record, said) => {
    expect(readRecord(stored(record))).toEqual(said);
  });

  it('given a record that is not ours, then it says nothing', () => {
    expect(readRecord({ offset: '1', key: Buffer.from('else'), value: null, headers: {} })).toBeNull();
  });
});
