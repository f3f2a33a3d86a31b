// What a bench has started runs on when the bench alone ends: an interrupt stops it first.
const running = new Set<() => Promise<unknown>>();
const interrupted = new AbortController();

/** Aborts what is being started. */
export const interruption: AbortSignal = interrupted.signal;

/** The thing itself, stopped by an interrupt unless it was stopped before. */
export function untilInterrupted<T extends { stop(): Promise<void> }>(thing: T): T {
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= thing.stop().finally(() => running.delete(stop)));
  running.add(stop);
  return { ...thing, stop };
}

/** Stops all that runs, then ends with the code that shells expect. A second signal ends at once. */
export function stopWhenInterrupted(say: (line: string) => void): void {
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(code);
      interrupted.abort();
      say(`${name}: stopping what was started`);
      // What the bench makes of its answers from now on is of no interest, nor that they fail.
      process.on('uncaughtException', () => undefined);
      process.on('unhandledRejection', () => undefined);
      void settled().finally(() => process.exit(code));
    });
  }
}

/** A start that was called off stops what it has by itself; whatever comes of it is stopped with the rest. */
async function settled(): Promise<void> {
  do {
    await Promise.allSettled([...running].reverse().map((stop) => stop()));
    await new Promise((done) => setTimeout(done, 100));
  } while (running.size > 0);
}
