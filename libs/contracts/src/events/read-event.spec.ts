import type { RecordedEvent } from './event.js';
import { imageEvents } from './image.js';
import { readEvent, UnreadableEvent } from './read-event.js';
import { upcast, type Upcasters } from './upcast.js';

const event = (change: Partial<RecordedEvent> = {}): RecordedEvent => ({
  type: 'ImageRenamed',
  schema_version: 1,
  data: imageEvents.ImageRenamed.sample,
  event_id: '0b8e4bd2-3a5c-4f0e-9a61-3c1d2e4f5a6b',
  stream: 'image-9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11',
  version: 3,
  recorded_at: '2026-11-24T12:00:00.000000Z',
  position: '1',
  transaction_id: '1',
  metadata: {
    actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
  ...change,
});

describe('reading a foreign event', () => {
  it('takes one that keeps its contract', () => {
    expect(readEvent(event())).toEqual(event());
  });

  it('takes one with a field that this release does not know', () => {
    const data = { ...imageEvents.ImageRenamed.sample, because: 'a newer release says so' };
    expect(readEvent(event({ data })).data).toEqual(data);
  });

  it.each<[string, Partial<RecordedEvent>, RegExp]>([
    ['an unknown type', { type: 'ImageShredded' }, /no such event/],
    ['a name that every object has', { type: 'constructor' }, /no such event/],
    ['a version that is yet to come', { schema_version: 2 }, /version 2, known is 1/],
    ['a field that is missing', { data: { image_id: 'x', from: 'a' } }, /data/],
    ['a field of another type', { data: { image_id: 'x', from: 'a', to: 7 } }, /data\/to/],
  ])('refuses %s and says where', (_what, change, message) => {
    const read = () => readEvent(event(change));
    expect(read).toThrow(UnreadableEvent);
    expect(read).toThrow(message);
    expect(read).toThrow(/image-9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11\/3/);
  });
});

describe('lifting an older event', () => {
  const steps: Upcasters = {
    ImageRenamed: [
      (data) => ({ ...data, first: true }),
      (data) => ({ ...data, second: (data as { first: boolean }).first }),
    ],
  };

  it('takes every step from its version on, in order', () => {
    expect(upcast(event(), steps)).toEqual({
      ...event(),
      schema_version: 3,
      data: { ...imageEvents.ImageRenamed.sample, first: true, second: true },
    });
    const second = { ...event(), schema_version: 2, data: { first: false } };
    expect(upcast(second, steps)).toEqual({ ...second, schema_version: 3, data: { first: false, second: false } });
  });

  it('leaves a current one, and one of a type without steps, as it is', () => {
    const current = event({ schema_version: 3 });
    expect(upcast(current, steps)).toBe(current);
    expect(upcast(event({ type: 'toString' }), steps)).toEqual(event({ type: 'toString' }));
  });
});
