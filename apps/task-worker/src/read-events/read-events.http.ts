import { Controller, Get, Inject, Query } from '@nestjs/common';
import { servicePolicy, type RecordedEvent } from '@cloud-images/contracts';
import { streamPage } from '@cloud-images/event-store';
import type { EventStore, LogPage, LogQuery, LogReader, StreamQuery } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { EVENT_STORE, LOG_READER } from '../tokens.js';

/** This log, for services that missed some of it: the owner's answer is the truth. */
@Controller()
export class ReadEvents {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LOG_READER) private readonly readLog: LogReader,
  ) {}

  /** One stream. */
  @Get('internal/events')
  @OnlyVia(...servicePolicy.read_events)
  read(@Query() query: StreamQuery): Promise<{ events: RecordedEvent[] }> {
    return streamPage(this.store, query);
  }

  /** All of them, in the order of the log, for a subscriber that must have all. */
  @Get('internal/log')
  @OnlyVia(...servicePolicy.read_events)
  readAll(@Query() query: LogQuery): Promise<LogPage> {
    return this.readLog(query);
  }
}
