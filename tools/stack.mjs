// The whole service on one machine: PostgreSQL, migrations, every service, the gateway last. `npm start`, the acceptance
// tests, the journey, the crash test and the bench all run this, with the entry points that containers run.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askReady } from './ask-ready.mjs';
import { databaseRoles, databaseUrls, ensureDatabases } from './databases.mjs';
import { usersFile } from './development-users.mjs';
import { freePorts } from './free-ports.mjs';
import { migrateAll } from './migrate.mjs';
import { node24, root } from './node24.mjs';
import { ensureCluster } from './postgres.mjs';
import { PostgresProcess } from './postgres-process.mjs';
import { endLeftovers, identityOf, removeRunRecord, writeRunRecord } from './run-record.mjs';
import { checkpointKeys, databasePasswords, serviceKeys, tokenSecretFile } from './secrets.mjs';
import { ServiceProcess } from './service-process.mjs';
import { entryOf, environmentOf, plainEnvironment, postgresSettings, serviceNames } from './services.mjs';

/** Buffers of uploads have pages of their own, and go back with them, as in the containers (ADR 26); bytes. */
const pagesOfTheirOwn = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '33554432' };

/**
 * Starts everything on `dataDir` (made when missing) and returns when every service says that it is ready.
 *
 * - `host`, `port`: the gateway's address; port 0 (default) takes a free one. `publicUrl`: what clients call it.
 * - `identityFile`: a users file; default the data directory's own.
 * - `env`: more environment for every service (limits, delays); `envOf: { catalog: {…} }` for one of them.
 * - `autoRestart`: start dead processes again (default false: a test may want to see them dead).
 * - `postgres`: more `-c` settings. `log(line)`: progress and errors. `onGiveUp(name)`: it died too often.
 * - `signal`: an AbortSignal that calls a start off; what ran by then is stopped.
 */
export async function startStack(options) {
  const stack = new Stack(options);
  try {
    await stack.start();
    return stack;
  } catch (error) {
    await stack.stop().catch(() => {});
    throw error;
  }
}

class Stack {
  #options;
  #services = new Map();
  #stopping;

  constructor(options) {
    this.#options = { host: '127.0.0.1', port: 0, env: {}, envOf: {}, autoRestart: false, log: () => {}, ...options };
    this.dataDir = resolve(options.dataDir);
  }

  async start() {
    const { host, port, identityFile, log, env } = this.#options;
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    await endLeftovers(this.dataDir, log);
    const [postgresPort, innerPort, ...inner] = await freePorts(serviceNames.length + 2);
    this.innerPort = innerPort;
    this.ports = Object.fromEntries(serviceNames.map((name, at) => [name, inner[at]]));
    if (port !== 0) this.ports.gateway = port;
    this.url =
      this.#options.publicUrl ??
      `${this.#schemeOf('gateway')}://${host.includes(':') ? `[${host}]` : host}:${this.ports.gateway}`;
    this.identityFile = resolve(usersFile(this.dataDir, identityFile));

    const passwords = databasePasswords(this.dataDir, ['postgres', ...databaseRoles]);
    const urls = databaseUrls({ port: postgresPort }, passwords);
    this.databases = urls.service;
    this.owners = urls.owner;
    this.superuser = urls.superuser;
    await this.#startPostgres(postgresPort, passwords);
    this.#assertWanted();
    await ensureDatabases(urls.superuser, passwords);
    log('bringing the schemas up to date');
    await migrateAll(urls.owner, env);
    this.#assertWanted();
    log('starting the services');
    this.#startServices(urls);
    await this.waitReady();
    this.#record();
  }

  #assertWanted() {
    if (this.#stopping || this.#options.signal?.aborted) throw new Error('stopped while starting');
  }

  async #startPostgres(port, passwords) {
    const { log } = this.#options;
    const dir = join(this.dataDir, 'postgres');
    log('starting PostgreSQL');
    await ensureCluster(dir, passwords.postgres);
    this.postgres = new PostgresProcess({
      dir,
      port,
      logFile: join(this.dataDir, 'logs', 'postgres.log'),
      settings: { ...postgresSettings, ...this.#options.postgres },
      restart: this.#options.autoRestart,
      say: log,
      onGiveUp: () => this.#options.onGiveUp?.('postgres'),
      onStart: () => this.#record(),
    });
    await this.postgres.start();
  }

  #startServices(urls) {
    const { host, env, envOf, autoRestart, log, onGiveUp } = this.#options;
    for (const dir of ['blobs', 'checkpoints']) mkdirSync(join(this.dataDir, dir), { recursive: true, mode: 0o700 });
    const context = {
      dataDir: this.dataDir,
      host,
      ports: this.ports,
      innerPort: this.innerPort,
      urls,
      keys: serviceKeys(this.dataDir, serviceNames),
      tokenSecret: tokenSecretFile(this.dataDir),
      checkpointKeys: checkpointKeys(this.dataDir),
      identityFile: this.identityFile,
      publicUrl: this.url,
      metricsPort: Number(env.CLOUD_IMAGES_METRICS_PORT ?? 0),
    };
    for (const name of serviceNames) {
      const service = new ServiceProcess({
        name,
        file: node24(),
        args: ['--enable-source-maps', entryOf(name)],
        cwd: root,
        env: {
          ...plainEnvironment(),
          NODE_ENV: 'production',
          ...pagesOfTheirOwn,
          ...env,
          ...environmentOf(name, context),
          ...envOf[name],
        },
        logFile: join(this.dataDir, 'logs', `${name}.log`),
        restart: autoRestart,
        say: log,
        onGiveUp,
        onRestart: () => this.#record(),
      });
      this.#services.set(name, service);
      service.start();
    }
    this.#record();
  }

  /** Pids by name, `postgres` too; undefined for what doesn't run. */
  get pids() {
    return Object.fromEntries([
      ['postgres', this.postgres?.pid],
      ...[...this.#services].map(([name, service]) => [name, service.running ? service.pid : undefined]),
    ]);
  }

  // Written again at every change of a pid, so that whatever ends the launcher, the next one knows what to end.
  #record() {
    if (this.#stopping) return;
    const alive = Object.entries(this.pids).filter(([, pid]) => pid !== undefined);
    writeRunRecord(this.dataDir, {
      url: this.url,
      launcher: process.pid,
      ports: this.ports,
      pids: Object.fromEntries(alive),
      databases: this.databases,
      owners: this.owners,
      superuser: this.superuser,
      identity: this.identityFile,
      processes: Object.fromEntries(alive.map(([name, pid]) => [name, identityOf(pid)])),
    });
  }

  /**
   * Sends a signal to one service (default SIGKILL, and waits for its end), or crashes `postgres`. With `autoRestart` it
   * comes back by itself.
   */
  async kill(name, signal = 'SIGKILL') {
    if (name === 'postgres') await this.postgres.kill();
    else await this.#service(name).kill(signal);
  }

  /** Starts what is dead, on its old port, and waits until it is ready. */
  async restart(name) {
    if (name === 'postgres') return this.postgres.start();
    const service = this.#service(name);
    if (!service.running) service.start();
    this.#record();
    await this.waitReady(60_000, name);
  }

  #service(name) {
    const service = this.#services.get(name);
    if (!service) throw new Error(`no service ${name}: ${serviceNames.join(', ')}`);
    return service;
  }

  /**
   * Waits until PostgreSQL runs and a service (default all) answers /readyz with 200; fails at once when it ended and
   * nobody restarts it.
   */
  async waitReady(timeoutMs = 60_000, name = undefined) {
    const names = name === undefined ? serviceNames : [name];
    const deadline = Date.now() + timeoutMs;
    while (!this.postgres.running && Date.now() < deadline) await sleep(20);
    await Promise.all(names.map((one) => this.#untilReady(one, deadline)));
  }

  async #untilReady(name, deadline) {
    const host = name === 'gateway' && !isWildcard(this.#options.host) ? this.#options.host : '127.0.0.1';
    const url = `${this.#schemeOf(name)}://${host.includes(':') ? `[${host}]` : host}:${this.ports[name]}/readyz`;
    const logFile = join(this.dataDir, 'logs', `${name}.log`);
    let last = 'no answer';
    for (; Date.now() < deadline; await sleep(50)) {
      try {
        const { status, text } = await askReady(url);
        last = `${status} ${text.slice(0, 300)}`;
        if (status === 200) return;
      } catch (error) {
        last = error.code ?? error.message;
      }
      this.#assertWanted();
      if (!this.#service(name).running && !this.#options.autoRestart) {
        throw new Error(`${name} ended while starting, see ${logFile}`);
      }
    }
    throw new Error(`${name} was not ready in time (${last}), see ${logFile}`);
  }

  #schemeOf(name) {
    const { env, envOf } = this.#options;
    return name === 'gateway' && { ...env, ...envOf[name] }.CLOUD_IMAGES_TLS_CERT_FILE ? 'https' : 'http';
  }

  /** Stops the gateway, then the services behind it, then PostgreSQL; each may finish what it does. */
  stop() {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll() {
    await this.#services.get('gateway')?.stop();
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
    await this.postgres?.stop();
    removeRunRecord(this.dataDir);
  }

  /** For a stop that must not wait: SIGKILL for the services, an immediate shutdown for PostgreSQL. */
  async stopNow() {
    await Promise.all([...this.#services.values()].map((service) => service.stop(0)));
    await this.postgres?.stop(0);
    removeRunRecord(this.dataDir);
  }
}

const isWildcard = (host) => ['0.0.0.0', '::', '[::]'].includes(host);
