// What a door costs at best: a bare `node:http` server that passes every request on over kept-alive connections.
// argv: the URL behind it, connections. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type Dispatcher } from 'undici';

const [target, connections] = process.argv.slice(2);
const pool = new Pool(target!, { connections: Number(connections) });

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  const { host, connection, 'transfer-encoding': _, ...forwarded } = headers;
  const hasBody = method !== 'GET';
  pool
    .stream(
      {
        method: method as Dispatcher.HttpMethod,
        path: url!,
        headers: forwarded as Record<string, string>,
        body: hasBody ? request : null,
      },
      ({ statusCode, headers: answered }) => {
        const { connection: _own, ...kept } = answered;
        response.writeHead(statusCode, kept);
        return response;
      },
    )
    .catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
