import type { AnyEvent } from '@cloud-images/contracts';
import type { Command, Handled } from '../port.js';
import type { Handler } from './handler.js';

/** What is needed of a span; service-kit's `OpenSpan` has it. */
export interface HandlerSpan {
  readonly traceparent: string;
  readonly sampled: boolean;
  child(name: string): HandlerSpan;
  set(attribute: string, value: string | number): void;
  end(error?: unknown): void;
}

/**
 * A handler whose commands show in the trace of the request that gave them, from the queue to the commit. Their events
 * carry the span's context when the trace is kept: a context that leads nowhere would only make the log longer. Null: the
 * handler as it is.
 */
export function tracedHandler<State, E extends AnyEvent>(
  handler: Handler<State, E>,
  tracing: { active(): HandlerSpan | undefined } | null,
): Handler<State, E> {
  if (tracing === null) return handler;
  return {
    load: (stream) => handler.load(stream),
    handle: (command) => {
      const span = tracing.active()?.child('handle command');
      return span === undefined ? handler.handle(command) : handleIn(span, handler, command);
    },
  };
}

async function handleIn<State, E extends AnyEvent>(
  span: HandlerSpan,
  handler: Handler<State, E>,
  command: Command<State, E>,
): Promise<Handled<State, E>> {
  const { traceparent, sampled } = span;
  span.set('cloud_images.stream', command.stream);
  try {
    const handled = await handler.handle(
      sampled ? { ...command, metadata: { ...command.metadata, traceparent } } : command,
    );
    span.set('cloud_images.version', handled.version);
    span.set('cloud_images.events', handled.events.map(({ type }) => type).join(' '));
    span.end();
    return handled;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
