import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { authorize, Refusal } from '@cloud-images/contracts';
import { Caller, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { IsString, Length, Matches } from 'class-validator';
import { Erasures } from './erasures.js';
import type { Erasure, Step } from './erasures.query.js';

/** The body of `POST /v1/erasures`. */
export class NewErasure {
  /** Whom to forget: the opaque id, which stays in the events. */
  @IsString({ message: "'user_id' must be the id of a user." })
  @Length(1, 255, { message: "'user_id' must have 1 to 255 characters." })
  @Matches(/^[\x21-\x7e]*$/, { message: "'user_id' must be an id: no blanks, and nothing beyond ASCII." })
  user_id!: string;

  /** Kept for ever: a case number, and no name. */
  @IsString({ message: "'reason' must say why." })
  @Length(1, 255, { message: "'reason' must have 1 to 255 characters." })
  @Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: "'reason' must not have control characters." })
  reason!: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An admin has every service forget from where one user's requests came. */
@Controller()
export class ErasePersonEverywhere {
  constructor(@Inject(Erasures) private readonly erasures: Erasures) {}

  @Post('v1/erasures')
  @HttpCode(202)
  async ask(@Caller() caller: CallerContext, @Body(new ValidBody()) body: NewErasure): Promise<object> {
    authorize('erase_person', caller.identity);
    const { erasure, steps } = await this.erasures.request(caller, body.user_id, body.reason);
    return shown(erasure, steps);
  }

  @Get('v1/erasures/:id')
  async show(@Caller() { identity }: CallerContext, @Param('id') id: string): Promise<object> {
    authorize('erase_person', identity);
    const found = uuid.test(id) ? await this.erasures.show(id) : null;
    if (found === null) throw new Refusal('not-found', 'There is no erasure with that id.');
    return shown(found.erasure, found.steps);
  }
}

const shown = ({ erasure_id, user_id, requested_at, finished_at }: Erasure, steps: readonly Step[]) => ({
  id: erasure_id,
  user_id,
  status: finished_at === null ? 'pending' : 'done',
  requested_at,
  finished_at,
  services: Object.fromEntries(steps.map(({ service, contexts, done_at }) => [service, { contexts, done_at }])),
});
