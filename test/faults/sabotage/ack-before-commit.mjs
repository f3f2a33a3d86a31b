// A build that must be caught: preloaded into the services, it lets every COMMIT succeed at once and sends it later.
import pg from 'pg';

const DELAY_MS = 30;
const send = pg.Client.prototype.query;
const held = new WeakMap();

pg.Client.prototype.query = function query(config, ...rest) {
  const text = typeof config === 'string' ? config : config?.text;
  const before = held.get(this);
  if (/^\s*COMMIT/i.test(text ?? '')) {
    const later = (before ?? Promise.resolve())
      .then(() => new Promise((resolve) => setTimeout(resolve, DELAY_MS)))
      .then(() => send.call(this, 'COMMIT'))
      .catch(() => undefined);
    held.set(this, later);
    void later.then(() => held.get(this) === later && held.delete(this));
    return Promise.resolve({ command: 'COMMIT', rows: [], rowCount: null, fields: [] });
  }
  // The connection's later statements wait, so that only the acknowledgement is early and nothing else is broken.
  return before ? before.then(() => send.call(this, config, ...rest)) : send.call(this, config, ...rest);
};
