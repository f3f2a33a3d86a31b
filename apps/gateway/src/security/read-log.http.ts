import { Controller, Get, Inject, Query } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import type { LogPage, LogQuery, LogReader } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';

/** The security log in its order: a `LogReader`. */
export const LOG_READER = Symbol('log reader');

/** For a subscriber that must have all of it; by the inner door. */
@Controller()
export class ReadSecurityLog {
  constructor(@Inject(LOG_READER) private readonly readLog: LogReader) {}

  @Get('internal/log')
  @OnlyVia(...servicePolicy.read_events)
  read(@Query() query: LogQuery): Promise<LogPage> {
    return this.readLog(query);
  }
}
