import type { DescribedOperation } from './operations.js';

const text = (description: string) => ({ type: 'string', description });
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });

/** Which events, of those that concern the caller's project; an admin or auditor sees all. */
const whichEvents = {
  type: text('Name of the event, as ImageActivated; may be repeated: any of them'),
  category: text('image, member, task or security; may be repeated: any of them'),
  image: text('Id of the image'),
  task: text('Id of the task'),
  actor: text('Id of the user who did it'),
  project: text('Id of the project in which the user did it'),
  request: text('Id of the request that did it'),
  since: text('Recorded at or after; ISO 8601'),
  until: text('Recorded before; ISO 8601'),
};
const count = (description: string) => ({ type: 'integer', minimum: 0, description });
const pageOfEvents = (order: string) => ({
  ...whichEvents,
  order: { ...oneOf('asc', 'desc'), default: order },
  after: count('Position of the last event seen'),
  limit: { type: 'integer', minimum: 1, default: 25, description: 'At most 1000 are given' },
  with: { ...oneOf('request_contexts'), description: 'For admins and auditors: who each request came from' },
});

/** What is told of the past, and whom it forgets. */
export const ledgerOperations: Readonly<Record<string, DescribedOperation>> = {
  'GET /v2/images/{id}/events': {
    summary: 'History of an image and of its members; also of one that is purged',
    query: pageOfEvents('asc'),
    answers: { 200: 'Events' },
    refusals: [400, 403, 404],
  },
  'GET /v2/images/{id}/viewers': {
    summary: 'Who could see an image at a time, or as of a version of it',
    query: { at: text('A time that has been, or a version; required') },
    answers: { 200: 'Viewers' },
    refusals: [400, 403, 404],
  },
  'GET /v1/events': {
    summary: 'Search the ledger of all events',
    query: pageOfEvents('desc'),
    answers: { 200: 'Events' },
    refusals: [400, 403],
  },
  'GET /v1/events/{id}': { summary: 'Show an event', answers: { 200: 'SealedEvent' }, refusals: [403, 404] },
  'POST /v1/erasures': {
    summary: 'Have every service forget from where the requests of one user came; for admins',
    body: { 'application/json': 'NewErasure' },
    answers: { 202: 'Erasure' },
    refusals: [400, 403, 413, 415],
  },
  'GET /v1/erasures/{id}': {
    summary: 'How far an erasure is; for admins',
    answers: { 200: 'Erasure' },
    refusals: [403, 404],
  },
  'GET /v1/feed': {
    summary: 'Follow events as they are sealed: server-sent events',
    query: { ...whichEvents, from: count('Position of the first event wanted; left out: what comes next') },
    headers: { 'Last-Event-ID': 'Position of the last event seen; goes before `from`' },
    answers: { 200: 'feed' },
    refusals: [400, 403],
  },
  'GET /v1/export': {
    summary: 'A range of the ledger as a file, which can be verified offline when nothing is left out of it',
    query: {
      ...whichEvents,
      format: { ...oneOf('ndjson', 'csv'), default: 'ndjson' },
      from: count('First position'),
      to: count('Position behind the last'),
    },
    answers: { 200: 'export' },
    refusals: [400, 403],
  },
  'GET /v1/proofs/inclusion': {
    summary: 'Prove that an event is in the ledger (RFC 6962)',
    query: { event: text('Id of the event'), size: count('Of a checkpoint; default the latest') },
    answers: { 200: 'InclusionProof' },
    refusals: [400, 403, 404],
  },
  'GET /v1/proofs/consistency': {
    summary: 'Prove that the ledger of one checkpoint begins with that of another (RFC 6962)',
    query: { first: count('Size of the older checkpoint'), second: count('Of the newer; default the latest') },
    answers: { 200: 'ConsistencyProof' },
    refusals: [400, 403, 404],
  },
  'GET /v1/checkpoints': {
    summary: 'List the signed checkpoints, the smallest first',
    query: { from: count('Events it covers at least'), limit: { ...count('At most 1000 are given'), default: 100 } },
    answers: { 200: 'Checkpoints' },
    refusals: [400, 403],
  },
  'GET /v1/checkpoints/latest': { summary: 'Show the newest', answers: { 200: 'LatestCheckpoint' }, refusals: [403] },
  'GET /v1/keys': { summary: 'Public keys of the checkpoints, the oldest first', answers: { 200: 'SealingKeys' } },
};
