import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** How many bytes of the answer to a request (`PUT /bucket/key?…`) get through before the connection breaks; else all. */
export type Cut = (request: string) => number | undefined;

const requestLine = /^((?:GET|HEAD|PUT|POST|DELETE) \S+) HTTP\/1\.1\r\n/;

/** Stands before an HTTP server and breaks connections in the middle of its answers. */
export class AnswerCuttingProxy {
  cut: Cut = () => undefined;
  private readonly server = createServer((client) => this.join(client));
  private readonly open = new Set<Socket>();
  private readonly target: { readonly host: string; readonly port: number };

  constructor(target: URL) {
    this.target = { host: target.hostname, port: Number(target.port) };
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    let left = Infinity;
    const both = [client, server];
    for (const socket of both) {
      this.open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.open.delete(socket);
        for (const one of both) one.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      const [, request] = requestLine.exec(chunk.subarray(0, 8_192).toString('latin1')) ?? [];
      if (request !== undefined) left = this.cut(request) ?? Infinity;
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length;
        client.write(chunk);
        return;
      }
      // All of the answer was made by now: what it tells has happened, whatever the client hears of it.
      client.end(chunk.subarray(0, left), () => client.destroy());
      left = 0;
    });
  }
}
