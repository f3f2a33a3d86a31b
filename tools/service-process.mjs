// One service as a process: started, watched, restarted with back-off, its output kept in a file and its errors shown.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const KEEP_LOG_BYTES = 20 * 1024 * 1024;
const DEATHS_IN_A_MINUTE = 5;

/**
 * `restart` true: a death is answered by a new start, 0.2 s later, then twice as late each time; after the fifth death
 * within a minute `onGiveUp(name)` is called instead. `say` gets the lines that belong on the console.
 */
export class ServiceProcess {
  #options;
  #child;
  #ended = Promise.resolve();
  #log;
  #wanted = false;
  #deaths = [];
  #killed = false;

  constructor(options) {
    this.#options = options;
    this.#log = openLog(options.logFile);
  }

  get pid() {
    return this.#child?.pid;
  }

  get running() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start() {
    const { file, args, env, cwd, name } = this.#options;
    this.#wanted = true;
    // A group of its own: Ctrl-C reaches the launcher only, which stops the services in their order.
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#ended = new Promise((done) => {
      child.once('close', done);
      child.once('error', (error) => {
        this.#options.say(`${name}: ${error.message}`);
        done();
      });
    });
    this.#keep(child.stdout);
    this.#keep(child.stderr, true);
    this.#ended.then(() => this.#died(child));
  }

  // Standard error holds what a service could not log: always shown. Log lines are shown from level error up.
  #keep(stream, always = false) {
    stream.pipe(this.#log, { end: false });
    createInterface({ input: stream }).on('line', (line) => {
      if (always ? line.trim() !== '' : /"level":\s*(?:50|60|"error"|"fatal")/.test(line)) {
        this.#options.say(`${this.#options.name}: ${readable(line)}`);
      }
    });
  }

  async #died(child) {
    if (!this.#wanted || child !== this.#child) return;
    const { name, restart, say, onGiveUp, onRestart } = this.#options;
    const how = child.signalCode ?? `code ${child.exitCode}`;
    if (!restart) return;
    const now = Date.now();
    this.#deaths = this.#deaths.filter((at) => now - at < 60_000);
    // A death that somebody asked for by kill() says nothing about the service.
    if (!this.#killed) this.#deaths.push(now);
    this.#killed = false;
    if (this.#deaths.length >= DEATHS_IN_A_MINUTE) {
      say(
        `${name} ended (${how}) ${this.#deaths.length} times within a minute: giving up, see ${this.#options.logFile}`,
      );
      this.#wanted = false;
      onGiveUp?.(name);
      return;
    }
    say(`${name} ended (${how}), starting it again`);
    await sleep(100 * 2 ** this.#deaths.length);
    if (!this.#wanted || child !== this.#child) return;
    this.start();
    onRestart?.(name);
  }

  /** Sends a signal and, when it ends the process, waits for that. */
  async kill(signal = 'SIGKILL') {
    if (!this.running) return;
    this.#killed = ['SIGKILL', 'SIGTERM', 'SIGINT'].includes(signal);
    this.#child.kill(signal);
    if (signal === 'SIGKILL') await this.#ended;
  }

  /** Lets it drain; after `graceMs` it is killed. */
  async stop(graceMs = 25_000) {
    this.#wanted = false;
    if (this.running) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
      await this.#ended;
      clearTimeout(timer);
    }
    await new Promise((done) => this.#log.end(done));
  }
}

function openLog(path) {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > KEEP_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // the first start has no log
  }
  const log = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not end the launcher, which then could not stop the rest.
  log.on('error', () => {});
  log.setMaxListeners(0);
  return log;
}

function readable(line) {
  try {
    const { msg, err, error, request_id: requestId } = JSON.parse(line);
    const cause = err?.message ?? error?.message ?? (typeof error === 'string' ? error : undefined);
    return [msg, cause, requestId && `(request ${requestId})`].filter(Boolean).join(' ');
  } catch {
    return line;
  }
}
