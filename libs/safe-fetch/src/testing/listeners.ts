import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Counts who comes to where nobody may come. */
export class ForbiddenListener {
  connections = 0;
  private readonly server: Server = createServer((socket) => {
    this.connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
  });

  async start(host: string, port: number): Promise<number> {
    this.server.listen({ host, port, ipv6Only: true });
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
  }
}

export async function listening(server: HttpServer | Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export const httpServer = (listener: RequestListener): HttpServer => createHttpServer(listener);
