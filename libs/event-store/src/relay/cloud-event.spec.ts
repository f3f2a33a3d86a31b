import { eventCatalogue } from '@cloud-images/contracts';
import { fromMessage, toMessage, UnreadableMessage } from './cloud-event.js';

const event = {
  event_id: '0b8f1d5e-6f0a-4b8e-9a59-0f3f3f1f0c01',
  stream: 'image-0b8f1d5e-6f0a-4b8e-9a59-0f3f3f1f0c02',
  version: 3,
  type: 'ImageRenamed',
  schema_version: 1,
  data: { image_id: '0b8f1d5e-6f0a-4b8e-9a59-0f3f3f1f0c02', from: 'a', to: 'b' },
  recorded_at: '2026-11-24T12:00:00.000000Z',
  position: '17',
  transaction_id: '700',
  metadata: {
    actor: { user: 'u', project: 'p', roles: ['member'], via: null },
    request_id: 'req-1',
    correlation_id: 'req-1',
  },
};
const message = toMessage(event as never, 'cloud-images.image', 'log', 1n);

describe('an event as a message', () => {
  it('comes back as it was', () => {
    expect(fromMessage(message)).toEqual(event);
  });

  it.each(['ImageRenamed', 'MemberAdded', 'TaskRequested', 'AccessDenied'])('%s: its type names its kind', (type) => {
    const { headers } = toMessage({ ...event, type } as never, 'topic', 'log', 1n);
    const { kind } = eventCatalogue.get(type) as { kind: string };
    expect(headers['ce_type']).toBe(`cloud-images.${kind}.${type}.v1`);
  });

  const { ce_type: _, ...untyped } = message.headers;
  it.each([
    ['half a JSON', { ...message, value: message.value.slice(0, -1) }],
    ['no type', { ...message, headers: untyped }],
    ['a type of somebody else', { ...message, headers: { ...message.headers, ce_type: 'com.example.thing' } }],
    ['an actor that is no JSON', { ...message, headers: { ...message.headers, ce_actor: '' } }],
    ['nothing', { value: '', headers: {} }],
  ])('given %s, then it is told apart from what may go better next time', (_what, broken) => {
    expect(() => fromMessage(broken)).toThrow(UnreadableMessage);
  });
});
