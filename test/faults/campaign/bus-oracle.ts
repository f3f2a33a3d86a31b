import type { Row, Verdict } from '../oracles.ts';
import type { BusRecord } from './bus.ts';

/** Put on the bus by the campaign, not by a relay. */
export const poisonHeader = 'faults_poison';

/**
 * O6: the first occurrences of each stream's events are on its topic in the order of the log, and all of them are. A relay
 * notices that its topic was made anew when it has put a batch there: in such a topic the order counts from where the
 * relay began again. `records` are those of a partition in order, one partition after the other; the log was read before
 * them and after them, for the housekeeping goes on meanwhile.
 */
export function busHasTheLog(
  { before, after }: { readonly before: readonly Row[]; readonly after: readonly Row[] },
  records: readonly BusRecord[],
  madeAnew: boolean,
): Verdict {
  const ids = new Map(after.map(({ stream, version, event_id }) => [`${stream} ${version}`, event_id]));
  const violations: string[] = [];
  const last = new Map<string, number>();
  const relayed = records.filter(({ headers }) => headers[poisonHeader] === undefined);
  for (const { headers } of relayed) {
    const { ce_stream: stream = '', ce_streamversion: version, ce_id: id } = headers;
    if (ids.get(`${stream} ${version}`) !== id) violations.push(`${stream}/${version}: ${id} is not in the log`);
  }
  for (const partition of Map.groupBy(relayed, (record) => `${record.topic} ${record.partition}`).values()) {
    const whole = inOrder(partition);
    const refill =
      madeAnew && whole.violations.length > 0 ? inOrder(partition.slice(beginningAgain(partition))) : whole;
    violations.push(...refill.violations);
    for (const [stream, version] of refill.seen) last.set(stream, version);
  }
  for (const [stream, head] of new Map(before.map(({ stream, version }) => [stream, version]))) {
    const found = last.get(stream) ?? 0;
    if (found < head) violations.push(`${stream}: the topic ends with version ${found}, the log with ${head}`);
  }
  return { oracle: 'O6 the bus has the log, each key in order', checked: before.length, violations };
}

function inOrder(records: readonly BusRecord[]) {
  const seen = new Map<string, number>();
  const violations: string[] = [];
  for (const { headers } of records) {
    const { ce_stream: stream = '', ce_streamversion: version } = headers;
    const known = seen.get(stream) ?? 0;
    if (Number(version) > known + 1) violations.push(`${stream}: version ${version} came where ${known + 1} was due`);
    seen.set(stream, Math.max(known, Number(version)));
  }
  return { seen, violations };
}

/** Where the numbers that a relay counts its events with go down for the first time. */
function beginningAgain(records: readonly BusRecord[]): number {
  const numbers = records.map(({ headers }) => Number(headers['ce_number']));
  return Math.max(
    0,
    numbers.findIndex((number, at) => at > 0 && number < (numbers[at - 1] as number)),
  );
}
