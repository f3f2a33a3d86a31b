import { Refusal } from '@cloud-images/contracts';
import { attributeAt } from './pointer.js';

/** One change of one attribute, whichever dialect said it. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly name: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly name: string };

export interface Patch {
  /** v2.0 refuses to add what is there already; v2.1 overwrites it (RFC 6902). */
  readonly addOverwrites: boolean;
  readonly operations: readonly PatchOperation[];
}

const mediaTypes = {
  'application/openstack-images-v2.1-json-patch': 'v2.1',
  'application/openstack-images-v2.0-json-patch': 'v2.0',
} as const;
export type Dialect = (typeof mediaTypes)[keyof typeof mediaTypes];

export const acceptPatch = Object.keys(mediaTypes).join(', ');

/** The dialect that a Content-Type names, parameters aside. */
export function dialectOf(contentType: string | undefined): Dialect {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (Object.hasOwn(mediaTypes, type)) return mediaTypes[type as keyof typeof mediaTypes];
  throw new Refusal('unsupported-media-type', `An image is changed by ${acceptPatch}.`, {
    'accept-patch': acceptPatch,
  });
}

export function patchOf(document: unknown, dialect: Dialect): Patch {
  if (!Array.isArray(document)) throw new Refusal('invalid-patch', 'A patch must be a list of operations.');
  const read = dialect === 'v2.1' ? standardOperation : oldOperation;
  return { addOverwrites: dialect === 'v2.1', operations: document.map((item: unknown) => read(members(item))) };
}

type Op = PatchOperation['op'];
const ops: readonly string[] = ['add', 'replace', 'remove'] satisfies Op[];

function members(operation: unknown): Record<string, unknown> {
  if (typeof operation === 'object' && operation !== null && !Array.isArray(operation)) {
    return operation as Record<string, unknown>;
  }
  throw new Refusal('invalid-patch', 'An operation must be an object.');
}

/** `{"op": "replace", "path": "/name", "value": …}` */
function standardOperation(operation: Record<string, unknown>): PatchOperation {
  const { op, path } = operation;
  if (typeof op !== 'string' || !ops.includes(op)) {
    throw new Refusal('invalid-patch', `An operation must have 'op' as add, replace or remove.`);
  }
  return complete(op as Op, path, operation);
}

/** `{"replace": "/name", "value": …}`: exactly one member may name the operation. */
function oldOperation(operation: Record<string, unknown>): PatchOperation {
  const [op, ...more] = ops.filter((name) => Object.hasOwn(operation, name));
  if (op === undefined || more.length > 0) {
    throw new Refusal('invalid-patch', 'An operation must have exactly one of add, replace and remove.');
  }
  return complete(op as Op, operation[op], operation);
}

function complete(op: Op, path: unknown, operation: Record<string, unknown>): PatchOperation {
  const name = attributeAt(path);
  if (op === 'remove') return { op, name };
  if (!Object.hasOwn(operation, 'value')) throw new Refusal('invalid-patch', `The operation ${op} needs a value.`);
  return { op, name, value: operation['value'] };
}
