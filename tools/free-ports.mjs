import { createServer } from 'node:net';

/** `count` ports that are free now on this machine's loopback address, all different. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listening({ host: '127.0.0.1', port: 0 })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Throws, saying why, when nobody can listen there. */
export async function assertFree(host, port) {
  try {
    const server = await listening({ host, port });
    await new Promise((done) => server.close(done));
  } catch (error) {
    throw new Error(
      {
        EADDRINUSE: `port ${port} on ${host} is taken: stop what listens there or set CLOUD_IMAGES_PORT`,
        EACCES: `port ${port} needs rights that this user has not: set CLOUD_IMAGES_PORT to one above 1023`,
        EADDRNOTAVAIL: `${host} is no address of this machine: set CLOUD_IMAGES_HOST`,
        ENOTFOUND: `${host} is no address of this machine: set CLOUD_IMAGES_HOST`,
      }[error.code] ?? `can't listen on ${host}:${port}: ${error.message}`,
    );
  }
}

function listening(address) {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(address, () => done(server));
  });
}
