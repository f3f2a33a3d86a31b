import { All, Controller, Inject } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import { Anonymous } from '@cloud-images/service-kit';

/** Injection token: where tokens come from when not from here. */
export const TOKENS_COME_FROM = Symbol('where tokens come from');

/** `/identity` of a service that leaves logins to others: nothing but a pointer. */
@Controller('identity')
export class ElsewhereController {
  constructor(@Inject(TOKENS_COME_FROM) private readonly place: string) {}

  @Anonymous()
  @All()
  root(): never {
    return this.nothing();
  }

  @Anonymous()
  @All('*')
  nothing(): never {
    throw new Refusal('not-found', `This service issues no tokens; they come from ${this.place}.`);
  }
}
