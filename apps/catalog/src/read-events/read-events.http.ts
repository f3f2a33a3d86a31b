import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Refusal, servicePolicy, type RecordedEvent } from '@cloud-images/contracts';
import type { EventStore } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { EVENT_STORE } from '../read-model/tokens.js';

const PAGE = 200;
const LARGEST_PAGE = 1000;

/** A stream of the log, for services that missed some of it: the owner's answer is the truth. */
@Controller()
export class ReadEvents {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  @Get('internal/events')
  @OnlyVia(...servicePolicy.read_events)
  async read(
    @Query('stream') stream: string | undefined,
    @Query('after') after: string | undefined,
    @Query('limit') limit: string | undefined,
  ): Promise<{ events: RecordedEvent[] }> {
    if (typeof stream !== 'string' || stream === '')
      throw new Refusal('bad-request', "'stream' names the stream to read.");
    const from = wholeNumber('after', after, 0);
    const count = Math.min(wholeNumber('limit', limit, PAGE), LARGEST_PAGE);
    return { events: await this.store.readStream(stream, from, count) };
  }
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal('bad-request', `'${name}' takes a whole number.`);
  return Number(text);
}
