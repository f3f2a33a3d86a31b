import { accessSync, constants } from 'node:fs';
import { ValidateBy } from 'class-validator';

/** A setting that names a file that can be read. */
export const CanBeRead = (): PropertyDecorator =>
  ValidateBy({
    name: 'canBeRead',
    validator: { validate: isReadable, defaultMessage: () => '$property must name a file that can be read' },
  });

function isReadable(path: unknown): boolean {
  try {
    accessSync(String(path), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
