import { Injectable, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import { jsonObject } from '../json/parse-json.js';

/**
 * A body of a fixed shape, as its class-validator class. What the class does not name is ignored, as Glance does. Throws
 * `Refusal` `invalid-json` without a body, `invalid-body` when it is no object or not of the shape.
 */
@Injectable()
export class ValidBody extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      exceptionFactory: (errors) =>
        new Refusal('invalid-body', errors.flatMap(({ constraints }) => Object.values(constraints ?? {})).join('; ')),
    });
  }

  override transform(body: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return super.transform(jsonObject(body), metadata);
  }
}
