import { Controller, Get, Inject, Req } from '@nestjs/common';
import { eventsOpenTo } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { Checkpoint, SealingKey } from '@cloud-images/ledger';
import { Anonymous, Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyRequest } from 'fastify';
import { checkpointsFrom, latestCheckpoint, sealingKeys } from '../ledger/checkpoints.query.js';
import { Parameters } from '../ledger/entry-filter.js';
import { LEDGER, LEDGER_ID } from '../ledger/tokens.js';

const PAGE = 100;
const LARGEST_PAGE = 1_000;

@Controller()
export class ListCheckpoints {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(LEDGER_ID) private readonly ledger: string,
  ) {}

  /** `?from=<size>&limit=`: smallest first. They name nobody, and say nothing but how many events there are. */
  @Get('v1/checkpoints')
  async list(
    @Caller() { identity }: CallerContext,
    @Req() { url }: FastifyRequest,
  ): Promise<{ checkpoints: Checkpoint[]; next?: string }> {
    eventsOpenTo(identity);
    const parameters = new Parameters(url);
    const from = parameters.count('from') ?? 0;
    const limit = Math.min(Math.max(parameters.count('limit') ?? PAGE, 1), LARGEST_PAGE);
    parameters.end();
    const checkpoints = await checkpointsFrom(this.sql, from, limit);
    const last = checkpoints.at(-1);
    const next =
      last && checkpoints.length === limit ? { next: `/v1/checkpoints?from=${last.size + 1}&limit=${limit}` } : {};
    return { checkpoints, ...next };
  }

  @Get('v1/checkpoints/latest')
  async latest(@Caller() { identity }: CallerContext): Promise<{ checkpoint: Checkpoint | null }> {
    eventsOpenTo(identity);
    return { checkpoint: await latestCheckpoint(this.sql) };
  }

  /** Open to everybody: who verifies needs no account, and had better keep a copy. */
  @Anonymous()
  @Get('v1/keys')
  async keys(): Promise<{ ledger: string; keys: SealingKey[] }> {
    return { ledger: this.ledger, keys: await sealingKeys(this.sql) };
  }
}
