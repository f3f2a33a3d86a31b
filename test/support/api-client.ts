import { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  /** Parsed body; undefined when it is not JSON. */
  readonly json: any;
}

/** A connection that broke or a wait that ran out: whether the request took effect is unknown. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

export interface Call {
  readonly headers?: Record<string, string>;
  /** Objects other than streams are sent as JSON. */
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/** A plain REST client of the gateway for one user: no retries, every outcome visible. */
export class ApiClient {
  private readonly agent: Agent;

  readonly url: string;
  token: string;

  constructor(url: string, token = '', connections = 64) {
    this.url = url;
    this.token = token;
    this.agent = new Agent({ connections, keepAliveTimeout: 4_000, connect: { timeout: 5_000 } });
  }

  async call(method: string, path: string, { headers = {}, body, timeoutMs = 15_000 }: Call = {}): Promise<Answer> {
    const isRaw = Buffer.isBuffer(body) || body instanceof Readable || typeof body === 'string';
    const isJson = body !== undefined && !isRaw;
    try {
      const answer = await request(this.url + path, {
        method: method as Dispatcher.HttpMethod,
        dispatcher: this.agent,
        headers: {
          ...(this.token ? { 'x-auth-token': this.token } : {}),
          ...(isJson ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as Buffer | Readable | string) }),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return { status: answer.statusCode, headers: answer.headers, body: bytes, json: parse(bytes) };
    } catch (error) {
      throw new OutcomeUnknown(`${method} ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  patch(id: string, operations: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('PATCH', `/v2/images/${id}`, {
      body: JSON.stringify(operations),
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch', ...headers },
    });
  }

  upload(id: string, data: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('PUT', `/v2/images/${id}/file`, {
      body: data,
      headers: { 'content-type': 'application/octet-stream', ...headers },
      timeoutMs: 60_000,
    });
  }

  close(): Promise<void> {
    return this.agent.close();
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Logs a development user in (password method, domain Default); returns its client and its project's id. */
export async function login(url: string, user: string, project = user, password = 'secret') {
  const client = new ApiClient(url);
  const answer = await client.call('POST', '/identity/v3/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['password'], password: { user: { name: user, password, domain: { id: 'default' } } } },
        scope: { project: { name: project, domain: { id: 'default' } } },
      },
    },
  });
  if (answer.status !== 201)
    throw new Error(`login of ${user} failed: ${answer.status} ${answer.body.toString('utf8')}`);
  client.token = String(answer.headers['x-subject-token']);
  return { client, projectId: answer.json.token.project.id as string, userId: answer.json.token.user.id as string };
}
