// Whether a service of this machine says that it is ready.
import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';

/** Status and text of `GET url`; rejects when there is no answer in time. */
export function askReady(url, timeoutMs = 5_000) {
  // One of our own processes is asked, by an address that its certificate need not name.
  const options = { timeout: timeoutMs, rejectUnauthorized: false, agent: false };
  return new Promise((done, fail) => {
    const request = (url.startsWith('https:') ? getTls : getPlain)(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => done({ status: answer.statusCode, text }));
      answer.on('error', fail);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', fail);
  });
}
