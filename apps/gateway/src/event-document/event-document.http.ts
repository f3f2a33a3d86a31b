import { Controller, Get, Header, Inject } from '@nestjs/common';
import { asyncApi } from '@cloud-images/contracts';
import { Anonymous, CONFIG } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';
import { eventsPage } from './events-page.js';

/** What subscribers can rely on, for programs and for people. */
@Controller()
export class EventDocument {
  private readonly text: object;

  constructor(@Inject(CONFIG) { publicUrl }: GatewayConfig) {
    this.text = asyncApi(publicUrl);
  }

  @Anonymous()
  @Get('asyncapi.json')
  document(): object {
    return this.text;
  }

  @Anonymous()
  @Get('docs/events')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', eventsPage.policy)
  @Header('x-content-type-options', 'nosniff')
  page(): string {
    return eventsPage.html;
  }
}
