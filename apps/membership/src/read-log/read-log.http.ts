import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import type { LogPage, LogQuery, LogReader, RequestContextReader, RequestContexts } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { LOG_READER, REQUEST_CONTEXTS } from '../tokens.js';

/** The whole log in its order, for a subscriber that must have all of it. */
@Controller()
export class ReadLog {
  constructor(
    @Inject(LOG_READER) private readonly readLog: LogReader,
    @Inject(REQUEST_CONTEXTS) private readonly contexts: RequestContextReader,
  ) {}

  @Get('internal/log')
  @OnlyVia(...servicePolicy.read_events)
  read(@Query() query: LogQuery): Promise<LogPage> {
    return this.readLog(query);
  }

  /** Who requests came from, for auditors. */
  @Post('internal/request-contexts')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.read_contexts)
  readContexts(@Body() body: unknown): Promise<RequestContexts> {
    return this.contexts(body);
  }
}
