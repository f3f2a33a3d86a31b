// The bar for metadata: Fastify and `pg`, nothing between a request and its one prepared statement.
// argv: connection string, pool size. Prints its port.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import pg from 'pg';

const [connectionString, max] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: Number(max) });
const app = Fastify();
const json = 'application/json; charset=utf-8';

await pool.query(`CREATE TABLE IF NOT EXISTS images (
  id uuid PRIMARY KEY, owner text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), document text NOT NULL)`);
await pool.query('CREATE INDEX IF NOT EXISTS images_of_owner ON images (owner, created_at DESC, id DESC)');

const insert = (owner: string, id: string, document: string) =>
  pool.query({
    name: 'insert',
    text: 'INSERT INTO images (id, owner, document) VALUES ($1, $2, $3)',
    values: [id, owner, document],
  });

app.get<{ Params: { id: string } }>('/v2/images/:id', async (request, reply) => {
  const text = 'SELECT document FROM images WHERE id = $1';
  const { rows } = await pool.query({ name: 'show', text, values: [request.params.id] });
  return rows.length === 0 ? reply.code(404).send() : reply.type(json).send(rows[0].document);
});

app.get<{ Querystring: { limit: string } }>('/v2/images', async (request, reply) => {
  const text = 'SELECT document FROM images WHERE owner = $1 ORDER BY created_at DESC, id DESC LIMIT $2';
  const { rows } = await pool.query({ name: 'list', text, values: [request.headers['x-owner'], request.query.limit] });
  return reply.type(json).send(`{"images":[${rows.map((row) => row.document).join(',')}]}`);
});

app.post('/v2/images', async (request, reply) => {
  const id = randomUUID();
  const document = JSON.stringify({ ...(request.body as object), id });
  await insert(String(request.headers['x-owner']), id, document);
  return reply.code(201).type(json).send(document);
});

// Fills the table before a run: an image as it is.
app.put<{ Params: { id: string } }>('/v2/images/:id', async (request, reply) => {
  await insert(String(request.headers['x-owner']), request.params.id, JSON.stringify(request.body));
  return reply.code(204).send();
});

await app.listen({ host: '127.0.0.1', port: 0 });
console.log((app.server.address() as AddressInfo).port);
