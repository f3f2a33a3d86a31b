import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than our services keep an idle connection (30 s). */
const keepAliveMs = 75_000;

/**
 * Where our own services reach what the gateway has for them, on a port of its own: `/internal/…` and nothing else. On the
 * public one there is no such route. Who asks is looked at behind it, as in every service.
 */
export class InnerDoor {
  private own: RequestListener | null = null;
  private readonly server: Server = createServer({ keepAliveTimeout: keepAliveMs }, (req, res) => {
    if (this.own !== null && req.url?.startsWith('/internal/')) this.own(req, res);
    else res.writeHead(404, { 'content-length': '0' }).end();
  });

  leadsTo(own: RequestListener): void {
    this.own = own;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  open(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.server.closeAllConnections(), 1_000);
    await closed;
    clearTimeout(timer);
  }
}
