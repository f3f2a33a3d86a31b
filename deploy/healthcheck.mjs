// For HEALTHCHECK: exit code 0 while this container's service says that it is ready. It asks itself on the loopback
// interface, where the name of a certificate means nothing.
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

const { CLOUD_IMAGES_LISTEN_PORT: port, CLOUD_IMAGES_TLS_CERT_FILE: certificate } = process.env;
const ask = certificate ? secure : plain;
const call = ask({ host: '127.0.0.1', port, path: '/readyz', timeout: 3_000, rejectUnauthorized: false }, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
call.end();
