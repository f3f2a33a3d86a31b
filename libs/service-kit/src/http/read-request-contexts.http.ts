import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { OnlyVia } from './access.js';

export const REQUEST_CONTEXTS = Symbol('request contexts');

/** `{"ids": […]}` → what this service's log still knows of who those requests came from, for auditors. */
@Controller()
export class ReadRequestContexts {
  constructor(@Inject(REQUEST_CONTEXTS) private readonly contexts: (body: unknown) => Promise<object>) {}

  @Post('internal/request-contexts')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.read_contexts)
  read(@Body() body: unknown): Promise<object> {
    return this.contexts(body);
  }
}
