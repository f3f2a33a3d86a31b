import { PermanentFailure, type Consumer, type ConsumerOptions, type Delivery, type MessageBus } from '../port.js';
import { MessagingServer } from './messaging-server.js';

const delivery: Delivery = {
  topic: 'cloud-images.image',
  partition: 0,
  offset: '1',
  key: 'key',
  value: '{',
  headers: {},
  attempt: 1,
};

class Named extends Error {
  constructor(override readonly name: string) {
    super(`thrown as ${name}`);
  }
}

/** What the server tells the runner of a handler that throws this. */
async function runnerOf(error: Error): Promise<ConsumerOptions> {
  let options: ConsumerOptions | undefined;
  const bus: Pick<MessageBus, 'ensureTopic' | 'consume'> = {
    ensureTopic: async () => undefined,
    consume: async (wanted): Promise<Consumer> => {
      options = wanted;
      return { stop: async () => undefined };
    },
  };
  const server = new MessagingServer({ bus: bus as MessageBus, group: 'test' });
  server.addHandler(delivery.topic, () => Promise.reject(error), true);
  await new Promise<void>((resolve) => server.listen(() => resolve()));
  return options as ConsumerOptions;
}

describe('a handler that throws', () => {
  it('because the message can not be read, is not asked again: the partition does not wait for that', async () => {
    const { handle } = await runnerOf(new Named('UnreadableMessage'));
    await expect(handle(delivery)).rejects.toThrow(PermanentFailure);
  });

  it('because something is away, is asked until that is back', async () => {
    const error = new Named('StoreUnavailable');
    const { handle, isOutage } = await runnerOf(error);
    await expect(handle(delivery)).rejects.toBe(error);
    expect(isOutage?.(error)).toBe(true);
  });

  it('for any other reason, is asked again a few times', async () => {
    const error = new Named('TypeError');
    const { handle, isOutage } = await runnerOf(error);
    await expect(handle(delivery)).rejects.toBe(error);
    expect(isOutage?.(error)).toBe(false);
  });
});
