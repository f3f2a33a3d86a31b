import dns, { type LookupAddress, type LookupOptions } from 'node:dns';

type Resolve = typeof dns.lookup;
type Done = (error: NodeJS.ErrnoException | null, found: string | LookupAddress[], family: number) => void;

/**
 * The same name resolution, asked once at a time for each name: whoever asks meanwhile gets the same answer.
 *
 * The system's resolution occupies one of the few threads that all of them share (libuv's pool) until the name server
 * answers, for a name that is gone perhaps ten seconds. Clients that connect again and again to a server that was stopped
 * would take all of them, and then nothing else connects to anything.
 */
export function oneLookupAName(resolve: Resolve): Resolve {
  const asked = new Map<string, Done[]>();
  const shared = (name: string, options: LookupOptions | number | Done | undefined, done?: Done): void => {
    const callback = typeof options === 'function' ? options : (done as Done);
    const wanted = typeof options === 'number' ? { family: options } : typeof options === 'object' ? options : {};
    const key = `${name} ${JSON.stringify(wanted)}`;
    const waiting = asked.get(key);
    if (waiting) return void waiting.push(callback);
    const all = [callback];
    asked.set(key, all);
    const answer: Done = (...answered) => {
      asked.delete(key);
      for (const one of all) one(...answered);
    };
    try {
      resolve(name, wanted, answer);
    } catch (error) {
      // A name or an option that Node does not take.
      asked.delete(key);
      throw error;
    }
  };
  return Object.defineProperties(shared, Object.getOwnPropertyDescriptors(resolve)) as Resolve;
}

/** What this process resolves names with. */
export const sharedLookup = oneLookupAName(dns.lookup);

/** Also for those who ask Node without having an option for it: the drivers of the database, the bus and the store. */
export function shareLookups(): void {
  dns.lookup = sharedLookup;
}
