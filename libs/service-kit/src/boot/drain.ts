import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Takes no new connection, ends idle ones, and waits for the requests in flight; what is left at the deadline is cut.
 * Returns false when something had to be cut.
 */
export async function drain(server: Server, seconds: number): Promise<boolean> {
  if (!server.listening) return true;
  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
  // A connection that falls idle after its last answer would otherwise hold the server until its keep-alive ends.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = new AbortController();
  const late = sleep(seconds * 1000, false, { signal: deadline.signal }).catch(() => true);
  try {
    const drained = await Promise.race([closed, late]);
    if (!drained) {
      server.closeAllConnections();
      await closed;
    }
    return drained;
  } finally {
    clearInterval(sweep);
    deadline.abort();
  }
}
