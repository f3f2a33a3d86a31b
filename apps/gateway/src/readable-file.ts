import { readFileSync } from 'node:fs';
import { ValidateBy } from 'class-validator';

/** A setting that names a file that is there, can be read and has something in it. */
export const IsReadableFile = (): PropertyDecorator =>
  ValidateBy({
    name: 'isReadableFile',
    validator: { validate: isReadable, defaultMessage: () => '$property must name a file that can be read' },
  });

function isReadable(path: unknown): boolean {
  try {
    return readFileSync(String(path)).length > 0;
  } catch {
    return false;
  }
}
