import type { LedgerEntry } from '@cloud-images/ledger';

const columns: readonly (readonly [string, (entry: LedgerEntry) => string | number | null | undefined])[] = [
  ['position', ({ position }) => position],
  ['time', ({ time }) => time],
  ['id', ({ id }) => id],
  ['category', ({ kind }) => kind],
  ['type', ({ type }) => type],
  ['stream', ({ stream }) => stream],
  ['version', ({ version }) => version],
  ['user', ({ actor }) => actor.user],
  ['project', ({ actor }) => actor.project],
  ['roles', ({ actor }) => actor.roles.join(' ')],
  ['via', ({ actor }) => actor.via],
  ['request_id', ({ request_id }) => request_id],
  ['correlation_id', ({ correlation_id }) => correlation_id],
  ['causation_id', ({ causation_id }) => causation_id],
  ['data', ({ data }) => JSON.stringify(data)],
];

export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

/** RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
export const csvRow = (entry: LedgerEntry): string => `${columns.map(([, of]) => cell(of(entry) ?? '')).join(',')}\r\n`;

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
