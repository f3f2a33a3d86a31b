import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { Anonymous, CONFIG } from '@cloud-images/service-kit';
import type { GatewayConfig } from '../config.js';

/** Newest first; the ids that a service without several stores and without a cache has. */
const ids = ['v2.17', 'v2.15', 'v2.9', 'v2.7', 'v2.6', 'v2.5', 'v2.4', 'v2.3', 'v2.2', 'v2.1', 'v2.0'];

@Controller()
export class VersionsController {
  private readonly document: object;

  constructor(@Inject(CONFIG) { publicUrl }: GatewayConfig) {
    this.document = {
      versions: ids.map((id, index) => ({
        id,
        status: index === 0 ? 'CURRENT' : 'SUPPORTED',
        links: [{ rel: 'self', href: `${publicUrl}/v2/` }],
      })),
    };
  }

  @Anonymous()
  @Get()
  @HttpCode(300)
  choices() {
    return this.document;
  }

  @Anonymous()
  @Get('versions')
  versions() {
    return this.document;
  }
}
