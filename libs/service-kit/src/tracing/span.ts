import { AsyncLocalStorage } from 'node:async_hooks';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** A piece of work under way, as a trace shows it. Never told: paths, names of people, tokens, what a body says. */
export interface OpenSpan {
  /** W3C trace context, for whoever continues the trace. */
  readonly traceparent: string;
  /** False when the trace is not kept; its context is passed on all the same, so that nobody decides otherwise. */
  readonly sampled: boolean;
  child(name: string, options?: SpanOptions): OpenSpan;
  rename(name: string): void;
  set(attribute: string, value: string | number): void;
  /** Once; `error` is what the work failed with, of which only the kind is told (an error's name, or a text as it is). */
  end(error?: unknown): void;
}

/** The beginning of spans in this process; there is none while nothing is traced. */
export interface Tracing {
  /** Continues the trace of `parent` (a traceparent), or begins one; `link` is another trace's that has to do with it. */
  start(name: string, options?: SpanOptions & { readonly parent?: string; readonly link?: string }): OpenSpan;
  active(): OpenSpan | undefined;
  within<T>(span: OpenSpan, work: () => T): T;
  /** Sends what is waiting, for a bounded time. */
  stop(): Promise<void>;
}

const active = new AsyncLocalStorage<OpenSpan>();

/** The span that the work in hand belongs to; undefined while nothing is traced. */
export const activeSpan = (): OpenSpan | undefined => active.getStore();
export const withSpan = <T>(span: OpenSpan, work: () => T): T => active.run(span, work);
