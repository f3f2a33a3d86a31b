import { Refusal, type RecordedEvent } from '@cloud-images/contracts';
import type { EventStore } from './port.js';

const PAGE = 200;
const LARGEST_PAGE = 1000;

/** A question for a stream, as it stands in a URL. */
export interface StreamQuery {
  readonly stream?: unknown;
  /** Version; default 0. */
  readonly after?: unknown;
  /** Events; default 200, at most 1000. */
  readonly limit?: unknown;
}

/** What `/internal/events` answers: events of one stream, for services that missed some. Throws `Refusal` `bad-request`. */
export async function streamPage(
  store: EventStore,
  { stream, after, limit }: StreamQuery,
): Promise<{ events: RecordedEvent[] }> {
  if (typeof stream !== 'string' || stream === '')
    throw new Refusal('bad-request', "'stream' names the stream to read.");
  const from = wholeNumber('after', after, 0);
  const count = Math.min(wholeNumber('limit', limit, PAGE), LARGEST_PAGE);
  return { events: await store.readStream(stream, from, count) };
}

export function wholeNumber(name: string, text: unknown, fallback: number): number {
  if (text === undefined) return fallback;
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) {
    throw new Refusal('bad-request', `'${name}' takes a whole number.`);
  }
  return Number(text);
}
