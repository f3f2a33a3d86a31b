import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  readonly data: Buffer;
  readonly etag: string;
  readonly origin: string | undefined;
  readonly run?: string | undefined;
  /** Of a static large object: where its data is looked for when it is read. */
  readonly parts?: readonly string[];
  /** The path that a link leads to. */
  readonly link?: string;
  /** Of a dynamic large object: the path that all its segments begin with. */
  readonly dynamic?: string;
}

/** Called in place of the store, or before it; true: it has answered. */
type Trouble = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;

const md5 = (data: Buffer | string) => createHash('md5').update(data).digest('hex');
const metadata = 'x-object-meta-cloud-images-task';
const runMetadata = 'x-object-meta-cloud-images-run';

/** Keystone's login and as much of Swift as tasks need, in memory, which goes wrong as it is told to. */
export class FakeSwift {
  readonly objects = new Map<string, Kept>();
  readonly containers = new Set<string>();
  /** Method and path of all that came, logins aside. */
  readonly received: string[] = [];
  logins = 0;
  token = 't1';
  before: Trouble = () => false;
  /** What is done after the store did its part, in place of its answer. */
  instead: Trouble = () => false;
  private server!: Server;

  async start(): Promise<this> {
    this.server = createServer((req, res) => void this.serve(req, res).catch(() => res.destroy()));
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  put(path: string, data: string, origin?: string): void {
    this.objects.set(path, { data: Buffer.from(data), etag: md5(data), origin });
  }

  link(path: string, link: string): void {
    this.objects.set(path, { data: Buffer.alloc(0), etag: md5(''), origin: undefined, link });
  }

  dynamic(path: string, prefix: string): void {
    this.objects.set(path, { data: Buffer.alloc(0), etag: md5(''), origin: undefined, dynamic: prefix });
  }

  /** As it would be read now; null where a segment is missing. */
  dataOf({ data, parts, dynamic }: Kept): Buffer | null {
    if (dynamic !== undefined) parts = [...this.objects.keys()].filter((path) => path.startsWith(dynamic)).sort();
    if (parts === undefined) return data;
    const found = parts.map((part) => this.followed(part)?.kept.data);
    return found.includes(undefined) ? null : Buffer.concat(found as Buffer[]);
  }

  /** Links are followed wherever they lead: who asks may enter every account. */
  private followed(path: string): { kept: Kept; location?: string } | undefined {
    const kept = this.objects.get(path);
    if (kept?.link === undefined) return kept && { kept };
    const target = this.followed(kept.link);
    return target && { location: `/v1${kept.link}`, ...target };
  }

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.url?.startsWith('/v3/')) return this.logIn(req, res);
    this.received.push(`${req.method} ${req.url}`);
    if (await this.before(req, res)) return;
    const answer = await this.answer(req);
    if (await this.instead(req, res)) return;
    const { status, headers = {}, body } = answer;
    res.writeHead(status, headers).end(req.method === 'HEAD' ? undefined : body);
  }

  private async logIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { auth } = JSON.parse((await read(req)).toString());
    this.logins += 1;
    if (auth.identity.password.user.password !== 'pw') return void res.writeHead(401).end('{}');
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    res.writeHead(201, { 'x-subject-token': this.token }).end(JSON.stringify({ token: { expires_at: expires } }));
  }

  private async answer(req: IncomingMessage): Promise<Answer> {
    const url = new URL(req.url!, 'http://swift');
    const path = decodeURIComponent(url.pathname.replace(/^\/v1/, ''));
    const body = await read(req);
    if (req.headers['x-auth-token'] !== this.token) return { status: 401 };
    const [, account = '', container = '', ...rest] = path.split('/');
    const place = `/${account}/${container}`;
    if (rest.length === 0) return this.container(req.method!, place, url.searchParams);
    if (!this.containers.has(place)) return { status: 404 };
    const kept = this.objects.get(path);
    if (req.method === 'PUT') return this.store(req, path, kept, url.searchParams, body, account);
    if (req.method === 'DELETE') return this.objects.delete(path) ? { status: 204 } : { status: 404 };
    const found = this.followed(path);
    return found === undefined ? { status: 404 } : this.read(req, found.kept, found.location);
  }

  private read({ method, headers: wanted }: IncomingMessage, kept: Kept, location: string | undefined): Answer {
    const match = wanted['if-match'];
    if (match !== undefined && match !== `"${kept.etag}"`) return { status: 412 };
    const size = kept.parts?.map((part) => this.objects.get(part)?.data.length ?? 0).reduce((sum, one) => sum + one, 0);
    const data = this.dataOf(kept);
    if (data === null && method === 'GET') return { status: 409 };
    const headers = {
      etag: kept.etag,
      'content-length': String(data?.length ?? size),
      ...(kept.origin === undefined ? {} : { [metadata]: kept.origin }),
      ...(kept.run === undefined ? {} : { [runMetadata]: kept.run }),
      ...(kept.dynamic === undefined ? {} : { 'x-object-manifest': kept.dynamic.split('/').slice(2).join('/') }),
      ...(location === undefined ? {} : { 'content-location': location }),
    };
    return data === null ? { status: 200, headers } : { status: 200, headers, body: data };
  }

  private container(method: string, place: string, query: URLSearchParams): Answer {
    if (method === 'PUT') {
      this.containers.add(place);
      return { status: 201 };
    }
    if (!this.containers.has(place)) return { status: 404 };
    const prefix = `${place}/${query.get('prefix') ?? ''}`;
    const names = [...this.objects.keys()].filter((path) => path.startsWith(prefix)).sort();
    const later = names
      .map((path) => path.slice(place.length + 1))
      .filter((name) => name > (query.get('marker') ?? ''));
    const list = later.map((name) => {
      const { data, etag, link } = this.objects.get(`${place}/${name}`)!;
      return { name, bytes: data.length, hash: etag, ...(link === undefined ? {} : { symlink_path: `/v1${link}` }) };
    });
    return { status: 200, body: Buffer.from(JSON.stringify(list)) };
  }

  private store(
    { headers }: IncomingMessage,
    path: string,
    kept: Kept | undefined,
    query: URLSearchParams,
    body: Buffer,
    account: string,
  ): Answer {
    if (headers['if-none-match'] === '*' && kept !== undefined) return { status: 412 };
    const origin = headers[metadata] as string | undefined;
    let stored: Kept = { data: body, etag: md5(body), origin };
    if (query.get('multipart-manifest') === 'put') {
      const list = JSON.parse(body.toString()) as { path: string; etag: string; size_bytes: number }[];
      const stands = list.every(({ path: part, etag, size_bytes: size }) => {
        const segment = this.objects.get(`/${account}${part}`);
        return segment?.etag === etag && segment.data.length === size;
      });
      if (!stands) return { status: 400 };
      stored = {
        ...{ data: body, etag: md5(list.map(({ etag }) => etag).join('')), origin },
        ...{ run: headers[runMetadata] as string | undefined, parts: list.map((part) => `/${account}${part.path}`) },
      };
    }
    this.objects.set(path, stored);
    return { status: 201, headers: { etag: stored.etag } };
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

async function read(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
