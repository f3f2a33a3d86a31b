const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const uuid = { type: 'string', format: 'uuid' };
const count = { type: 'integer', minimum: 0 };
const nullable = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, 'null'] });
const listOf = (name: string) => ({ type: 'array', items: reference(name) });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** All members are there, those of `optional` now and then. */
const object = (members: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: Object.keys(members),
  properties: { ...members, ...optional },
});

/** Names as in libs/ledger: `LedgerEntry`, `Checkpoint`, `SealingKey`. */
export const apiSchemas = {
  LedgerEntry: object(
    {
      position: { ...count, description: 'Number of the leaf; also the place in the feed' },
      id: uuid,
      kind: { type: 'string', description: 'image, member or task' },
      type: text,
      schema_version: { type: 'integer', minimum: 1 },
      stream: text,
      version: { type: 'integer', minimum: 1, description: 'Place in the stream' },
      log: { ...uuid, description: 'Of which service’s log it is' },
      number: { type: 'integer', minimum: 1, description: 'Place in that log' },
      time,
      actor: object({ user: text, project: nullable(text), roles: { type: 'array', items: text }, via: text }),
      request_id: text,
      correlation_id: text,
      data: { type: 'object' },
    },
    { causation_id: text, context_digest: hash },
  ),
  Events: object(
    {
      events: listOf('LedgerEntry'),
      size: { ...count, description: 'Events in the ledger' },
      provable_size: { ...count, description: 'Events that a signed checkpoint covers' },
    },
    { next: text, request_contexts: { type: 'object', additionalProperties: reference('RequestContext') } },
  ),
  Viewers: object({
    image_id: uuid,
    version: { type: 'integer', minimum: 1 },
    status: text,
    owner: { ...nullable(text), description: 'The project that owned it' },
    everyone: { type: 'boolean', description: 'Every project could show it' },
    listed_to_everyone: { type: 'boolean', description: 'and found it in its list' },
    members: {
      type: 'array',
      items: object({ project: text, status: text, listed: { type: 'boolean' } }),
      description: 'Projects that could show it, as it was shared with them',
    },
  }),
  RequestContext: object({}, { user_name: text, source_address: text, user_agent: text }),
  SealedEvent: object({ event: reference('LedgerEntry'), leaf_hash: hash, provable: { type: 'boolean' } }),
  Checkpoint: object({
    ledger: uuid,
    size: count,
    root: hash,
    time,
    previous: { ...nullable(hash), description: 'sha256 of what was signed of the one before' },
    key_id: text,
    signature: { type: 'string', description: 'Ed25519, base64' },
  }),
  Checkpoints: object({ checkpoints: listOf('Checkpoint') }, { next: text }),
  LatestCheckpoint: object({ checkpoint: { oneOf: [reference('Checkpoint'), { type: 'null' }] } }),
  SealingKeys: object({ ledger: uuid, keys: listOf('SealingKey') }),
  SealingKey: object({
    key_id: text,
    algorithm: { const: 'ed25519' },
    public_key: { type: 'string', description: 'PEM' },
    previous: nullable(text),
    endorsement: { ...nullable(text), description: 'By the key before, base64' },
  }),
  InclusionProof: object({
    event: reference('LedgerEntry'),
    position: count,
    leaf_hash: hash,
    path: { type: 'array', items: hash },
    checkpoint: reference('Checkpoint'),
  }),
  ConsistencyProof: object({
    first: reference('Checkpoint'),
    second: reference('Checkpoint'),
    path: { type: 'array', items: hash },
  }),
};
