import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, OnlyVia, type CallerContext } from '@cloud-images/service-kit';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { Housekeeping, Round } from '../housekeeping/housekeeping.js';
import { InternalBody } from '../internal-body.js';
import { assertInOwnName } from '../own-name.js';
import { HOUSEKEEPING } from '../tokens.js';

export class AskedRound {
  /** What the round before said; null: at the beginning. */
  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  from: string | null = null;
}

/** A round of what the catalog does without being asked by people. Harmless to repeat. */
@Controller()
export class DoChore {
  constructor(@Inject(HOUSEKEEPING) private readonly housekeeping: Housekeeping) {}

  @Post('internal/chores/:name')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.do_chores)
  async round(
    @Caller() caller: CallerContext,
    @Param('name') name: string,
    @Body(InternalBody) { from }: AskedRound,
  ): Promise<Round> {
    assertInOwnName(caller);
    const chore = this.housekeeping.find(name);
    if (chore === undefined) throw new Refusal('not-found', 'There is no such chore.');
    return this.housekeeping.round(chore, from);
  }
}
