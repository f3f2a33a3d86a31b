import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { FakeService } from '../../testing/fake-service.js';

/** An issuer of JWTs with a discovery document and published keys. */
export class FakeIssuer {
  readonly service = new FakeService();
  readonly audience = 'images';
  published: JWK[] = [];
  fetches = 0;
  failing = false;
  /** What the discovery document says in place of the truth. */
  says: Record<string, unknown> = {};
  private readonly keys = new Map<string, CryptoKey>();

  async start(): Promise<this> {
    await this.service.start();
    this.service.answer = ({ url }, res) => {
      const send = (body: object) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (this.failing) res.writeHead(500).end();
      else if (url === '/.well-known/openid-configuration') {
        send({ issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.says });
      } else if (url === '/keys') {
        this.fetches++;
        send({ keys: this.published });
      } else res.writeHead(404).end();
    };
    await this.addKey('first');
    return this;
  }

  get url(): string {
    return this.service.url;
  }

  async addKey(kid: string, alg = 'ES256'): Promise<JWK> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
    this.keys.set(kid, privateKey);
    this.published.push(jwk);
    return jwk;
  }

  claims(change: JWTPayload = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1_000);
    const claims: JWTPayload = {
      iss: this.url,
      aud: this.audience,
      sub: '8d7f0a52-91f5-4f6e-9c3b-0d1f5a0b7e11',
      iat: now,
      exp: now + 600,
      preferred_username: 'demo',
      project_id: 'p1',
      roles: ['member'],
      ...change,
    };
    return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  }

  token(change: JWTPayload = {}, header: Record<string, unknown> = {}, kid = 'first'): Promise<string> {
    const { alg } = this.published.find((jwk) => jwk.kid === kid) ?? { alg: 'ES256' };
    return new SignJWT(this.claims(change)).setProtectedHeader({ alg: alg!, kid, ...header }).sign(this.keys.get(kid)!);
  }

  stop(): Promise<void> {
    return this.service.stop();
  }
}
