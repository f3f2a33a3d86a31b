import { createHash } from 'node:crypto';

/** 32 hex digits of the version-5 UUID (RFC 9562) of a name in a namespace, itself 32 hex digits. */
export function uuid5(namespace: string, name: string): string {
  const digest = createHash('sha1').update(Buffer.from(namespace, 'hex')).update(name, 'utf8').digest();
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16);
}

/** Root of all ids that the embedded identity derives. Never change it: image owners are such ids. */
const root = '6f1d2c3a98b44e5fa7c0d1e2f3a4b5c6';

const kinds = {
  domain: uuid5(root, 'domain'),
  project: uuid5(root, 'project'),
  user: uuid5(root, 'user'),
  role: uuid5(root, 'role'),
  service: uuid5(root, 'service'),
};

/** Stable over restarts and machines: the same name gives the same id. A user and a project of one name differ. */
export const stableId = (kind: keyof typeof kinds, name: string): string => uuid5(kinds[kind], name);
