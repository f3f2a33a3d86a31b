import type { Row, Verdict } from '../oracles.ts';
import type { BusRecord } from './bus.ts';

/** Put on the bus by the campaign, not by a relay. */
export const poisonHeader = 'faults_poison';

/** O6: the first occurrences of each stream's events are on its topic in the order of the log, and all of them are. */
export function busHasTheLog(log: readonly Row[], records: readonly BusRecord[]): Verdict {
  const ids = new Map(log.map(({ stream, version, event_id }) => [`${stream} ${version}`, event_id]));
  const seen = new Map<string, number>();
  const violations: string[] = [];
  for (const { headers } of records) {
    if (headers[poisonHeader] !== undefined) continue;
    const { ce_stream: stream = '', ce_streamversion: text, ce_id: id } = headers;
    const version = Number(text);
    const known = seen.get(stream) ?? 0;
    if (ids.get(`${stream} ${version}`) !== id) violations.push(`${stream}/${version}: ${id} is not in the log`);
    if (version > known + 1) violations.push(`${stream}: version ${version} came where ${known + 1} was due`);
    seen.set(stream, Math.max(known, version));
  }
  const heads = new Map(log.map(({ stream, version }) => [stream, version]));
  for (const [stream, head] of heads) {
    const last = seen.get(stream) ?? 0;
    if (last !== head) violations.push(`${stream}: the topic ends with version ${last}, the log with ${head}`);
  }
  return { oracle: 'O6 the bus has the log, each key in order', checked: log.length, violations };
}
