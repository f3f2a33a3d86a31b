// The stack's PostgreSQL: killed and started again by tests, restarted by itself under `npm start`.
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from './postgres.mjs';

const DEATHS_IN_A_MINUTE = 5;

export class PostgresProcess {
  #options;
  #server;
  #starting;
  #wanted = false;
  #deaths = [];
  #killed = false;

  constructor(options) {
    this.#options = options;
    this.port = options.port;
  }

  get pid() {
    return this.running ? this.#server.pid : undefined;
  }

  get running() {
    return this.#server !== undefined && this.#server.child.exitCode === null && this.#server.child.signalCode === null;
  }

  /** Starts it, also after `kill()`: returns when it has recovered and accepts connections. */
  async start() {
    if (this.running) return;
    this.#wanted = true;
    this.#starting ??= this.#startServer().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  async #startServer() {
    const { dir, port, logFile, settings, onStart } = this.#options;
    this.#server = await startPostgres({ dir, port, logFile, settings });
    onStart?.();
    const server = this.#server;
    server.ended.then(() => this.#died(server));
  }

  async #died(server) {
    const { restart, say, onGiveUp, logFile } = this.#options;
    if (!this.#wanted || !restart || server !== this.#server) return;
    const now = Date.now();
    this.#deaths = this.#deaths.filter((at) => now - at < 60_000);
    if (!this.#killed) this.#deaths.push(now);
    this.#killed = false;
    say('PostgreSQL ended, starting it again');
    while (this.#wanted) {
      if (this.#deaths.length >= DEATHS_IN_A_MINUTE) {
        say(`PostgreSQL ended ${this.#deaths.length} times within a minute: giving up, see ${logFile}`);
        onGiveUp?.();
        return;
      }
      await sleep(100 * 2 ** this.#deaths.length);
      try {
        if (this.#wanted) await this.start();
        return;
      } catch (error) {
        say(error.message);
        this.#deaths.push(Date.now());
      }
    }
  }

  /** The crash: postmaster and backends die at once, nothing is flushed. With `restart` it comes back by itself. */
  async kill() {
    this.#killed = true;
    await this.#server?.kill();
  }

  /** Fast shutdown: sessions are cut, everything is written. */
  async stop(graceMs) {
    this.#wanted = false;
    await this.#starting?.catch(() => {});
    await this.#server?.stop(graceMs);
  }
}
