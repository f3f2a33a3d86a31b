import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { eventsOpenTo } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { provableSize } from '../ledger/checkpoints.query.js';
import { readSealedEvent } from '../ledger/sealed-event.query.js';
import { LEDGER } from '../ledger/tokens.js';

@Controller()
export class ShowEvent {
  constructor(@Inject(LEDGER) private readonly sql: SqlExecutor) {}

  /** The event as it was sealed, its leaf, and whether a signed checkpoint covers it already. */
  @Get('v1/events/:id')
  async show(
    @Caller() { identity }: CallerContext,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { entry, leafHash, position } = await readSealedEvent(this.sql, id, eventsOpenTo(identity));
    const provable = position < (await provableSize(this.sql));
    reply
      .header('content-type', 'application/json')
      .send(`{"event":${entry},"leaf_hash":"${leafHash.toString('hex')}","provable":${provable}}`);
  }
}
