import { Controller, Get, Inject, Query } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import type { LogPage, LogQuery, LogReader } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { LOG_READER } from '../read-model/tokens.js';

/** The whole log in its order, for a subscriber that must have all of it. */
@Controller()
export class ReadLog {
  constructor(@Inject(LOG_READER) private readonly readLog: LogReader) {}

  @Get('internal/log')
  @OnlyVia(...servicePolicy.read_events)
  read(@Query() query: LogQuery): Promise<LogPage> {
    return this.readLog(query);
  }
}
