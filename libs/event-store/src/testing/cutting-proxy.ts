import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * How a COMMIT loses its answer: it never arrives; it arrives, and only the answer is lost; or the client is cut at
 * once and the network still delivers the COMMIT that many ms later.
 */
export type Cut = 'before-commit' | 'after-commit' | { readonly commitAfterMs: number };

const COMMIT = Buffer.from('COMMIT\0');
/** Where one begins: its text, or a Bind of the statement that was prepared of it. */
const commit = /COMMIT\0|\0commit\0/;

/** Stands in front of PostgreSQL and cuts connections at a COMMIT, as often as it was told to. */
export class CuttingProxy {
  private readonly sockets = new Set<Socket>();
  private cuts: Cut[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new CuttingProxy(server, new URL(databaseUrl), url.href);
    server.on('connection', (client) => proxy.forward(client));
    return proxy;
  }

  /** The next COMMITs, of whatever connection, end like this, one each. */
  cutNext(...cuts: Cut[]): void {
    this.cuts.push(...cuts);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private forward(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let isCut = false;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        if (!isCut) other.destroy();
      });
    }
    upstream.on('data', (answer) => {
      if (!isCut) client.write(answer);
      else if (answer.includes(COMMIT)) upstream.destroy();
    });
    client.on('data', (sent) => {
      const at = this.cuts.length > 0 ? sent.toString('latin1').search(commit) : -1;
      const cut = at < 0 ? undefined : this.cuts.shift();
      if (cut === undefined) return void upstream.write(sent);
      isCut = true;
      client.destroy();
      upstream.write(sent.subarray(0, at));
      const rest = () => upstream.write(sent.subarray(at));
      if (cut === 'before-commit') upstream.destroySoon();
      else if (cut === 'after-commit') rest();
      else setTimeout(rest, cut.commitAfterMs);
    });
  }
}
