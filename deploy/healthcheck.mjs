// For HEALTHCHECK: exit code 0 while this container's service says that it is ready. It asks itself on the loopback
// interface, where the name of a certificate means nothing; the converter (--socket) on its Unix socket.
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

const {
  CLOUD_IMAGES_LISTEN_PORT: port,
  CLOUD_IMAGES_TLS_CERT_FILE: certificate,
  CLOUD_IMAGES_CONVERTER_SOCKET: socketPath,
} = process.env;
const onSocket = process.argv.includes('--socket');
const ask = certificate && !onSocket ? secure : plain;
const where = onSocket ? { socketPath } : { host: '127.0.0.1', port, rejectUnauthorized: false };
const call = ask({ ...where, path: '/readyz', timeout: 3_000 }, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
call.end();
