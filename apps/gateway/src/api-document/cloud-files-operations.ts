import type { DescribedOperation } from './operations.js';

const list = {
  limit: { type: 'integer', minimum: 0, maximum: 10_000, default: 10_000 },
  marker: { type: 'string', description: 'Names behind this one' },
  end_marker: { type: 'string', description: 'Names before this one' },
  prefix: { type: 'string' },
  delimiter: { type: 'string', description: 'Names are grouped at it, behind the prefix' },
  format: { type: 'string', enum: ['json', 'plain'] },
};
const metadata = (holder: string) => ({ [`X-${holder}-Meta-name`]: 'Kept and given back; an empty value removes' });

const account: Readonly<Record<string, DescribedOperation>> = {
  GET: { summary: "List a project's containers", query: list, answers: { 200: 'Schema', 204: null } },
  HEAD: { summary: 'Counts and bytes of an account', answers: { 204: null } },
  POST: { summary: "Set an account's metadata", headers: metadata('Account'), answers: { 204: null } },
};
const container: Readonly<Record<string, DescribedOperation>> = {
  GET: { summary: "List a container's objects", query: list, answers: { 200: 'Schema', 204: null } },
  HEAD: { summary: 'Counts, bytes and metadata of a container', answers: { 204: null } },
  PUT: { summary: 'Make a container', headers: metadata('Container'), answers: { 201: null, 202: null } },
  POST: { summary: "Set a container's metadata", headers: metadata('Container'), answers: { 204: null } },
  DELETE: { summary: 'Remove a container that is empty', answers: { 204: null }, refusals: [409] },
};
const expiry = {
  'X-Delete-At': 'Seconds since 1970 from which on the object is gone',
  'X-Delete-After': 'Seconds from now',
};

const object: Readonly<Record<string, DescribedOperation>> = {
  GET: {
    summary: 'Download an object',
    query: { 'multipart-manifest': { type: 'string', enum: ['get'], description: 'What it is made of' } },
    headers: { Range: 'One range of bytes', 'If-None-Match': 'ETag', 'If-Match': 'ETag' },
    answers: { 200: 'bytes', 206: 'bytes', 304: null },
    refusals: [409, 412, 416],
  },
  HEAD: { summary: 'Size, ETag and metadata of an object', answers: { 200: null } },
  PUT: {
    summary: 'Upload an object, up to 1 TiB',
    query: { 'multipart-manifest': { type: 'string', enum: ['put'], description: 'The body names segments' } },
    headers: {
      ETag: 'md5 of the data, in hex',
      'If-None-Match': '* where there must be none',
      'X-Copy-From': '/container/object to copy, percent-encoded, in place of a body',
      ...metadata('Object'),
      ...expiry,
    },
    body: { 'application/octet-stream': null },
    answers: { 201: null },
    refusals: [412, 413, 422, 507],
  },
  COPY: { summary: 'Copy an object', headers: { Destination: '/container/object' }, answers: { 201: null } },
  POST: {
    summary: "Replace an object's metadata",
    headers: { ...metadata('Object'), ...expiry },
    answers: { 202: null },
  },
  DELETE: {
    summary: 'Remove an object',
    query: { 'multipart-manifest': { type: 'string', enum: ['delete'], description: 'With its segments' } },
    answers: { 200: 'Schema', 204: null },
  },
};

const at = (template: string, described: Readonly<Record<string, DescribedOperation>>) =>
  Object.fromEntries(
    Object.entries(described).map(([method, { refusals = [], ...operation }]) => [
      `${method} ${template}`,
      { ...operation, refusals: [400, 403, 404, ...refusals, 501] },
    ]),
  );

/** Cloud Files, by method and template. */
export const cloudFilesOperations: Readonly<Record<string, DescribedOperation>> = {
  ...at('/v1/{account}', account),
  ...at('/v1/{account}/', account),
  ...at('/v1/{account}/{container}', container),
  ...at('/v1/{account}/{container}/', container),
  ...at('/v1/{account}/{container}/{object*}', object),
};
