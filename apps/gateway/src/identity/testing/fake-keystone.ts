import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { FakeService, type Received } from '../../testing/fake-service.js';

/** The part of Keystone that checks tokens, to be broken at will; `npm run keystone` asks the real one. */
export class FakeKeystone {
  readonly service = new FakeService();
  readonly password = 'p4ss-w0rd';
  readonly documents = new Map<string, object>();
  logins = 0;
  checks = 0;
  /** How long a token of the service user lives. */
  ownTokenSeconds = 3_600;
  /** Answers with this status whatever is asked. */
  failsWith: number | null = null;
  hangs = false;
  now: () => number = Date.now;
  private own: string[] = [];

  async start(): Promise<this> {
    await this.service.start();
    this.service.answer = (request, res) => this.answer(request, res);
    return this;
  }

  get url(): string {
    return this.service.url;
  }

  /** A token with such a document; undefined members are left out of it. */
  issue(change: Record<string, unknown> = {}, token = `gAAAA${randomUUID()}`): string {
    const document = {
      methods: ['password'],
      user: { id: 'u1', name: 'demo', domain: { id: 'default', name: 'Default' } },
      project: { id: 'p1', name: 'demo', domain: { id: 'default', name: 'Default' } },
      roles: ['member', 'reader'].map((name) => ({ id: `role-${name}`, name })),
      issued_at: this.time(0),
      expires_at: this.time(3_600),
      ...change,
    };
    this.documents.set(token, JSON.parse(JSON.stringify(document)) as object);
    return token;
  }

  revoke(token: string): void {
    this.documents.delete(token);
  }

  revokeOwnTokens(): void {
    this.own = [];
  }

  time(inSeconds: number): string {
    return new Date(this.now() + inSeconds * 1_000).toISOString().replace('Z', '000Z');
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  private answer({ method, url, headers, body }: Received, res: ServerResponse): void {
    const send = (status: number, document: object, more: Record<string, string> = {}) =>
      void res.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(document));
    if (this.hangs) return;
    if (this.failsWith !== null) return send(this.failsWith, { error: { message: 'broken' } });
    if (url === '/v3') return send(200, { version: { id: 'v3.14' } });
    if (!url.startsWith('/v3/auth/tokens')) return send(404, {});
    if (method === 'POST') {
      this.logins++;
      const { auth } = JSON.parse(body.toString()) as any;
      if (auth.identity.password.user.password !== this.password) return send(401, {});
      const token = `own-${randomUUID()}`;
      this.own.push(token);
      return send(201, { token: { expires_at: this.time(this.ownTokenSeconds) } }, { 'x-subject-token': token });
    }
    this.checks++;
    if (!this.own.includes(String(headers['x-auth-token']))) return send(401, {});
    const document = this.documents.get(String(headers['x-subject-token']));
    return document === undefined ? send(404, {}) : send(200, { token: document });
  }
}
