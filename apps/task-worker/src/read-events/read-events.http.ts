import { Controller, Get, Inject, Query } from '@nestjs/common';
import { servicePolicy, type RecordedEvent } from '@cloud-images/contracts';
import { streamPage, type EventStore, type StreamQuery } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { EVENT_STORE } from '../tokens.js';

/** A stream of this log, for services that missed some of it: the owner's answer is the truth. */
@Controller()
export class ReadEvents {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  @Get('internal/events')
  @OnlyVia(...servicePolicy.read_events)
  read(@Query() query: StreamQuery): Promise<{ events: RecordedEvent[] }> {
    return streamPage(this.store, query);
  }
}
