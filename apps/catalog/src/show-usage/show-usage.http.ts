import { Controller, Get, Inject } from '@nestjs/common';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { Quotas } from '../image/quota.js';
import { usageOfProject } from '../image/usage.js';
import { READ_MODEL } from '../read-model/tokens.js';
import { QUOTAS } from '../tokens.js';
import { usageDocument } from './usage-document.js';

/** What the caller's project may have and has; nothing where no project has a limit, and nothing is counted. */
@Controller()
export class ShowUsage {
  constructor(
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
  ) {}

  @Get('v2/info/usage')
  async show(@Caller() { identity }: CallerContext) {
    const { project } = identity;
    if (!this.quotas.counts || project === null) return { usage: {} };
    return { usage: usageDocument(this.quotas.limitsOf(project), await usageOfProject(this.sql, project)) };
  }
}
