import type { VhdFault } from '@cloud-images/disk-formats';
import { TaskFailure } from '../task/runner.js';

// What an import is asked for, in Rackspace's words. Clients compare the texts of failures.

export interface ImportRequest {
  readonly container: string;
  readonly object: string;
  /** Of the new image. */
  readonly name: string | null;
}

const notFound = 'Image not found for import. Possible invalid location';

/** Throws `TaskFailure` for what can't be imported as it was asked for. */
export function readImport(input: Readonly<Record<string, unknown>>): ImportRequest {
  const { container, object } = readLocation(String(input['import_from']));
  return { container, object, name: readName(input['image_properties']) };
}

function readLocation(location: string): { container: string; object: string } {
  const path = location.replace(/^\/+/, '');
  const slash = path.indexOf('/');
  if (slash <= 0 || slash === path.length - 1) throw new TaskFailure(notFound);
  return { container: path.slice(0, slash), object: path.slice(slash + 1) };
}

function readName(properties: unknown): string | null {
  if (properties === undefined || properties === null) return null;
  if (typeof properties !== 'object' || Array.isArray(properties)) {
    throw new TaskFailure("'image_properties' must be an object; only the property 'name' is allowed in it.");
  }
  const other = Object.keys(properties).find((key) => key !== 'name');
  if (other !== undefined) {
    throw new TaskFailure(`Image property '${other.slice(0, 255)}' is not allowed; only 'name' is.`);
  }
  const { name } = properties as { name?: unknown };
  if (name === undefined || name === null) return null;
  if (typeof name !== 'string') throw new TaskFailure("Image property 'name' must be a text.");
  return name;
}

export const objectNotFound = (): TaskFailure => new TaskFailure(notFound);

/** openstacksdk tries again when the text is exactly that of code 396. */
export const vhdFailure = (fault: VhdFault): TaskFailure =>
  new TaskFailure(`Image cannot be imported. Error code: '${fault}'`);
