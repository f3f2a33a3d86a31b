import type { Operation, Route } from '../edge/routes.js';
import { operations, type DescribedOperation } from './operations.js';

/** Read by clients, so nothing of it is said of identity's routes: they are Keystone's and have documents of their own. */
const isDocumented = ({ template }: Route): boolean =>
  !template.startsWith('/identity') && !template.startsWith('/docs');

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: reference(name) } });
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const lines = { schema: { type: 'string' } };
/** Without a type: some programs look at the whole text, some at each of its messages, as an object of `id` and `data`. */
const messages = {
  schema: { description: 'Server-sent events: `id` is a place in the ledger, `data` the event as JSON' },
};
/** What is not JSON of one schema, by the name that `operations` has for it. */
const otherContent: Readonly<Record<string, object>> = {
  bytes,
  feed: { 'text/event-stream': messages },
  export: { 'application/x-ndjson': lines, 'text/csv': lines },
};

/** Schemas of what the gateway itself answers; the error is that of the catalogue (libs/contracts). */
const ownSchemas = {
  Error: {
    type: 'object',
    required: ['message', 'code', 'title', 'request_id', 'error'],
    properties: {
      message: { type: 'string' },
      code: { type: 'string', description: 'Status and title, as 404 Not Found' },
      title: { type: 'string' },
      request_id: { type: 'string', pattern: '^req-[0-9a-f-]{36}$' },
      error: { type: 'string', description: 'Stable, for programs' },
    },
  },
  Versions: {
    type: 'object',
    required: ['versions'],
    properties: {
      versions: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'status', 'links'],
          properties: { id: { type: 'string' }, status: { enum: ['CURRENT', 'SUPPORTED'] }, links: { type: 'array' } },
        },
      },
    },
  },
  Health: { type: 'object' },
  NewErasure: {
    type: 'object',
    required: ['user_id', 'reason'],
    properties: {
      user_id: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]*$' },
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description: 'Kept for ever: a case number, and no name',
      },
    },
  },
  Erasure: {
    type: 'object',
    required: ['id', 'user_id', 'status', 'requested_at', 'finished_at', 'services'],
    properties: {
      id: { type: 'string', format: 'uuid' },
      user_id: { type: 'string' },
      status: { enum: ['pending', 'done'] },
      requested_at: { type: 'string', format: 'date-time' },
      finished_at: { type: ['string', 'null'], format: 'date-time' },
      services: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          properties: {
            contexts: { type: 'integer', description: 'Requests that are nobody’s now' },
            done_at: { type: ['string', 'null'], format: 'date-time' },
          },
        },
      },
    },
  },
  Schema: { type: 'object' },
};

/** OpenAPI 3.1 has a fixed list of methods, without this one. */
const beyondOpenApi = ['COPY'];

/** Statuses that any operation may be answered with. */
const everywhere = [429, 431, 500, 503];
/** And any whose path names something: the name may be malformed. */
const inPaths = [400];

/**
 * OpenAPI 3.1 of all that can be called, from the route table and the services' own schemas. Throws when a route is not
 * described, or something is described that is no route. `served`: those of them that there are here.
 */
export function buildDocument(
  routes: readonly Route[],
  schemas: object,
  publicUrl: string,
  served: readonly Route[] = routes,
): object {
  const documented = routes.filter(isDocumented);
  const names = documented.flatMap(({ template, operations: offered }) =>
    Object.keys(offered).map((method) => `${method} ${template}`),
  );
  const missing = names.filter((name) => operations[name] === undefined);
  const idle = Object.keys(operations).filter((name) => !names.includes(name));
  if (missing.length + idle.length > 0) {
    throw new Error(`not described: ${missing.join(', ')}; described and no route: ${idle.join(', ')}`);
  }
  const paths = Object.fromEntries(
    documented
      .filter((route) => served.includes(route))
      // The same thing once more, for clients that end a path with a slash.
      .filter(({ template }) => template === '/' || !template.endsWith('/'))
      .map((route) => [route.template.replace('*}', '}'), pathItem(route)]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cloud Images',
      version: '2.17',
      description: 'The OpenStack Images API v2 and what goes beyond it.',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: { ...ownSchemas, ...schemas },
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
  };
}

function pathItem({ template, operations: offered }: Route): object {
  const parameters = [...template.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const methods = Object.entries(offered)
    .filter(([method]) => !beyondOpenApi.includes(method))
    .map(([method, operation]) => [method.toLowerCase(), operationObject(method, template, operation)]);
  return { ...(parameters.length > 0 ? { parameters } : {}), ...Object.fromEntries(methods) };
}

function operationObject(method: string, template: string, operation: Operation): object {
  const described = operations[`${method} ${template}`] as DescribedOperation;
  const { summary, query = {}, headers = {}, body } = described;
  const parameters = [
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
  ];
  return {
    operationId: `${method.toLowerCase()}${template.replaceAll(/[^a-zA-Z0-9]+(\w)?/g, (_, first?: string) => (first ?? '').toUpperCase())}`,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: responses(described, [...(operation.token ? [401] : []), ...(template.includes('{') ? inPaths : [])]),
    security: operation.token ? [{ token: [] }] : [],
  };
}

const contentOf = (body: NonNullable<DescribedOperation['body']>): object =>
  Object.fromEntries(
    Object.entries(body).map(([type, name]) => [
      type,
      { schema: name === null ? { type: 'string', format: 'binary' } : reference(name) },
    ]),
  );

function responses({ answers, refusals = [] }: DescribedOperation, more: readonly number[]): object {
  const refused = [...refusals, ...more, ...everywhere].filter((status) => !(status in answers));
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, name]) => [
      status,
      {
        description: Number(status) < 300 ? 'Done' : 'See the body',
        ...(name === null ? {} : { content: otherContent[name] ?? json(name) }),
      },
    ]),
    ...refused.map((status) => [String(status), { description: 'Refused', content: json('Error') }]),
  ]);
}
