import { Compile } from 'typebox/compile';
import { eventCatalogue, type CloudImagesEvent } from './catalogue.js';
import type { RecordedEvent } from './event.js';
import { upcast } from './upcast.js';

/** What another log sent is no event that this release can understand. It will not become one by trying again. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

interface Validator {
  Check(data: unknown): boolean;
  Errors(data: unknown): { readonly instancePath: string; readonly message: string }[];
}

const compiled = new Map<string, Validator>();

/**
 * An event of another log, in today's version and checked against its contract. Fields that the contract does not name
 * are let through: an addition by a newer release is no break. Throws `UnreadableEvent`.
 */
export function readEvent(recorded: RecordedEvent): RecordedEvent<CloudImagesEvent> {
  const definition = eventCatalogue.get(recorded.type);
  const place = `${recorded.stream}/${recorded.version} ${recorded.type}`;
  if (definition === undefined) throw new UnreadableEvent(`${place}: no such event`);
  const event = upcast(recorded);
  if (event.schema_version !== definition.version) {
    throw new UnreadableEvent(`${place}: version ${event.schema_version}, known is ${definition.version}`);
  }
  const validator = validatorOf(recorded.type);
  if (!validator.Check(event.data)) {
    const [problem] = validator.Errors(event.data);
    throw new UnreadableEvent(`${place}: data${problem?.instancePath ?? ''} ${problem?.message ?? 'is not valid'}`);
  }
  return event as RecordedEvent<CloudImagesEvent>;
}

/** Compiled at first use: a service reads few of the types. */
function validatorOf(type: string): Validator {
  let validator = compiled.get(type);
  if (validator === undefined) {
    validator = Compile((eventCatalogue.get(type) as { schema: object }).schema as never) as unknown as Validator;
    compiled.set(type, validator);
  }
  return validator;
}
