import { Controller, Get, Inject, Query } from '@nestjs/common';
import { servicePolicy, type RecordedEvent } from '@cloud-images/contracts';
import { streamPage, type EventStore, type StreamQuery } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { EVENT_STORE } from '../tokens.js';

/** The events of a task, for services that missed some of them: the owner's answer is the truth. */
@Controller('internal/events')
export class ReadTaskEvents {
  constructor(@Inject(EVENT_STORE) private readonly log: EventStore) {}

  @OnlyVia(...servicePolicy.read_events)
  @Get()
  page(@Query() asked: StreamQuery): Promise<{ events: RecordedEvent[] }> {
    return streamPage(this.log, asked);
  }
}
