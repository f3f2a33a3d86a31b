import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { PermanentFailure, type Consumer, type ConsumerOptions, type Delivery, type MessageBus } from '../port.js';

export interface MessagingServerOptions extends Pick<ConsumerOptions, 'retry' | 'onParked' | 'atOnce' | 'passOver'> {
  readonly bus: MessageBus;
  /** The service: each takes every message once. */
  readonly group: string;
  /** Partitions of a topic that is not there yet; default 12. */
  readonly partitions?: number;
}

/** Errors that speak of a dependency, not of the message: it waits until the dependency is back. */
const outages = new Set(['StoreUnavailable', 'ServiceUnavailable', 'BlobStoreUnavailable']);
/** Errors of a message that nothing can be made of: while it is tried again the others of its partition wait. */
const hopeless = new Set(['UnreadableMessage']);

/**
 * Feeds `@EventPattern('<topic>')` handlers. Nest's stock server for brokers acknowledges what failed, or blocks on it;
 * here a handler's error goes to the consumer runner, which retries, then parks the message's key.
 */
export class MessagingServer extends Server implements CustomTransportStrategy {
  private consumer: Consumer | undefined;

  constructor(private readonly options: MessagingServerOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  private async start(): Promise<void> {
    const { bus, group, partitions = 12, retry, onParked, atOnce, passOver } = this.options;
    const topics = [...this.messageHandlers.keys()];
    if (topics.length === 0) return;
    for (const topic of topics) await bus.ensureTopic(topic, partitions);
    this.consumer = await bus.consume({
      group,
      topics,
      handle: (delivery) => this.deliver(delivery).catch(giveUpWhenHopeless),
      isOutage: (error) => outages.has(error.name),
      ...(atOnce ? { atOnce } : {}),
      ...(passOver ? { passOver } : {}),
      ...(retry ? { retry } : {}),
      ...(onParked ? { onParked } : {}),
    });
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const handler = this.messageHandlers.get(delivery.topic);
    if (!handler) throw new Error(`no handler for ${delivery.topic}`);
    const result: unknown = await handler(delivery, undefined);
    // Nest wraps what a handler returns in an observable; its error is the delivery's.
    if (isObservable(result)) {
      await new Promise<void>((resolve, reject) => {
        result.subscribe({ error: reject, complete: () => resolve() });
      });
    }
  }

  async close(): Promise<void> {
    await this.consumer?.stop();
  }

  override on(): void {
    throw new Error('this server has no events of its own');
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }
}

function giveUpWhenHopeless(error: unknown): never {
  if (error instanceof Error && hopeless.has(error.name)) throw new PermanentFailure(error.message, { cause: error });
  throw error;
}

interface Observable {
  subscribe(observer: { error: (error: unknown) => void; complete: () => void }): unknown;
}
const isObservable = (value: unknown): value is Observable =>
  typeof value === 'object' && value !== null && 'subscribe' in value;
