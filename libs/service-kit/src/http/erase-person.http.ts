import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { isService, Refusal, servicePolicy } from '@cloud-images/contracts';
import { Caller, OnlyVia } from './access.js';
import type { CallerContext } from './caller.js';

export const PERSON_ERASER = Symbol('person eraser');

/** `{"user_id", "after"}` → this service forgets who that user's requests came from, as far as it gets in one call. */
@Controller()
export class ErasePerson {
  constructor(@Inject(PERSON_ERASER) private readonly erase: (body: unknown) => Promise<object>) {}

  @Post('internal/erase-person')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.erase_person)
  erasePerson(@Caller() { identity }: CallerContext, @Body() body: unknown): Promise<object> {
    // The gateway vouches for its users too.
    if (!isService(identity)) throw new Refusal('forbidden', 'This operation is not open to users.');
    return this.erase(body);
  }
}
