import type { Delivery, Message, MessageBus, Publisher } from './port.js';

/** What is needed of a span; service-kit's `OpenSpan` has it. */
export interface BusSpan {
  set(attribute: string, value: string | number): void;
  end(error?: unknown): void;
}

/** Begins spans, and runs work in one; service-kit's `Tracing`. */
export interface BusTracing<Span extends BusSpan> {
  start(name: string, options: { kind: 'producer' | 'consumer'; parent: string }): Span;
  within<T>(span: Span, work: () => Promise<T>): Promise<T>;
}

/** CloudEvents' distributed tracing extension, which the relay writes. */
const header = 'ce_traceparent';

/** A bus on which one service continues the trace that another began. Messages without one begin none. Null: as it is. */
export function tracedBus<Span extends BusSpan>(bus: MessageBus, tracing: BusTracing<Span> | null): MessageBus {
  if (tracing === null) return bus;
  return {
    ensureTopic: (topic, partitions) => bus.ensureTopic(topic, partitions),
    publisher: async () => tracedPublisher(await bus.publisher(), tracing),
    consume: (options) =>
      bus.consume({ ...options, handle: (delivery) => take(delivery, options.group, options.handle, tracing) }),
    deadLetters: (group, limit) => bus.deadLetters(group, limit),
    replayDeadLetters: (group, key) => bus.replayDeadLetters(group, key),
    dropDeadLetter: (group, letter) => bus.dropDeadLetter(group, letter),
    lag: (group) => bus.lag(group),
    deadLetterCounts: (group) => bus.deadLetterCounts(group),
    close: () => bus.close(),
  };
}

function tracedPublisher<Span extends BusSpan>(publisher: Publisher, tracing: BusTracing<Span>): Publisher {
  return {
    publish: async (messages) => {
      const spans = messages.flatMap((message) => published(message, tracing));
      try {
        await publisher.publish(messages);
        for (const span of spans) span.end();
      } catch (error) {
        for (const span of spans) span.end(error);
        throw error;
      }
    },
    endOffsets: (topic) => publisher.endOffsets(topic),
    close: () => publisher.close(),
  };
}

function published<Span extends BusSpan>({ topic, headers }: Message, tracing: BusTracing<Span>): Span[] {
  const parent = headers[header];
  return parent === undefined ? [] : [tracing.start(`publish ${topic}`, { kind: 'producer', parent })];
}

async function take<Span extends BusSpan>(
  delivery: Delivery,
  group: string,
  handle: (delivery: Delivery) => Promise<void>,
  tracing: BusTracing<Span>,
): Promise<void> {
  const parent = delivery.headers[header];
  if (parent === undefined) return handle(delivery);
  const span = tracing.start(`process ${delivery.topic}`, { kind: 'consumer', parent });
  span.set('messaging.consumer.group.name', group);
  span.set('cloud_images.attempt', delivery.attempt);
  try {
    await tracing.within(span, () => handle(delivery));
    span.end();
  } catch (error) {
    span.end(error);
    throw error;
  }
}
