import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { OnlyVia } from './access.js';

export const PERSON_ERASER = Symbol('person eraser');

/** `{"user_id", "after"}` → this service forgets who that user's requests came from, as far as it gets in one call. */
@Controller()
export class ErasePerson {
  constructor(@Inject(PERSON_ERASER) private readonly erase: (body: unknown) => Promise<object>) {}

  @Post('internal/erase-person')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.erase_person)
  erasePerson(@Body() body: unknown): Promise<object> {
    return this.erase(body);
  }
}
