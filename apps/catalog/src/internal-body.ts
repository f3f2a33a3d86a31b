import { ValidationPipe, type PipeTransform } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';

/** The body of an internal call, as its class-validator class; the message names what a service of ours got wrong. */
export const InternalBody: PipeTransform = new ValidationPipe({
  transform: true,
  whitelist: true,
  exceptionFactory: (errors) =>
    new Refusal('invalid-body', errors.flatMap(({ constraints }) => Object.values(constraints ?? {})).join('; ')),
});
