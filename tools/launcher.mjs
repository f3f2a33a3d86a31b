// From nothing to a running service, and back: what `npm start` does, in its order. Uses nothing but Node until the
// packages are installed.
import { readdirSync, rmdirSync } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { lockData } from './data-lock.mjs';
import { writeClouds } from './development-users.mjs';
import { assertFree } from './free-ports.mjs';
import { ensureInstalled } from './npm-install.mjs';
import { assertDiskSpace, assertSystem, openDataDir, readSettings } from './preflight.mjs';
import { endLeftovers } from './run-record.mjs';
import { readyLines } from './welcome.mjs';

const say = (line) => console.log(`  ${line}`);

export async function launch() {
  const undo = [];
  const callOff = new AbortController();
  let stack;
  let stopping;
  const stop = (why) => {
    callOff.abort();
    if (!stack || stopping) return;
    console.log(`\nstopping (${why})`);
    stopping = stack.stop();
    stopping.then(() => finish(undo, why === 'gave up' ? 1 : 0));
  };
  listenForSignals(stop, () => stack?.stopNow());
  watchParent(stop);
  try {
    assertSystem();
    const settings = readSettings(process.env);
    const { dataDir, host, port } = settings;
    const isNew = openDataDir(dataDir);
    if (isNew) undo.push(() => removeIfEmpty(dataDir));
    undo.push(lockData(dataDir));
    await endLeftovers(dataDir, say);
    await assertFree(host, port);
    assertDiskSpace(dataDir);
    console.log('Cloud Images');
    await ensureInstalled(say, callOff.signal);
    callOff.signal.throwIfAborted();
    await ensureBuilt(say, callOff.signal);
    callOff.signal.throwIfAborted();
    // Only now: it needs what was installed.
    const { startStack } = await import('./stack.mjs');
    const running = await startStack({
      ...settings,
      env: passedOn(process.env),
      autoRestart: true,
      log: say,
      onGiveUp: () => stop('gave up'),
      signal: callOff.signal,
    });
    stack = running;
    if (callOff.signal.aborted) return void stop('called off');
    const clouds = settings.hasUsers ? await writeClouds(dataDir, running.identityFile, running.url) : undefined;
    console.log(readyLines(running, clouds, settings.identityFile === undefined).join('\n'));
  } catch (error) {
    if (callOff.signal.aborted) return finish(undo, 130);
    console.error(`npm start: ${error.message}`);
    finish(undo, 1);
  }
}

function finish(undo, code) {
  for (const step of undo.reverse()) step();
  process.exit(code);
}

// A terminal sends Ctrl-C to npm as well, which passes it on: the same wish may come twice at once.
function listenForSignals(stop, force) {
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (first === 0) {
        first = Date.now();
        stop(signal);
      } else if (Date.now() - first > 1_000) {
        console.log('stopping at once');
        void force();
      }
    });
  }
}

// A SIGTERM to npm ends npm and the shell between us, and never arrives here.
function watchParent(stop) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop('npm ended');
  }, 500);
}

// Limits and delays of the services, and where their traces go, can be set for a start; what the launcher decides itself
// wins over them.
function passedOn(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(CLOUD_IMAGES|OTEL)_/.test(name)));
}

function removeIfEmpty(dir) {
  if (readdirSync(dir).length === 0) rmdirSync(dir);
}
