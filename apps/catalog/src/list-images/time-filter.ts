import { Refusal } from '@cloud-images/contracts';

/**
 * A stretch of time, RFC 3339, `from` included and `before` not; null is open. `outside` turns it round. Images show whole
 * seconds, so `eq` and the like speak of a second, whose microseconds stay inside.
 */
export interface TimeRange {
  readonly from: string | null;
  readonly before: string | null;
  readonly outside: boolean;
}

const operators = new Set(['gt', 'gte', 'lt', 'lte', 'eq', 'neq']);
const iso =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-]\d{2})(?::?(\d{2}))?)?)?$/;
/** What both JavaScript and PostgreSQL can write in four digits. */
const EARLIEST = Date.UTC(1, 0, 1);
const LATEST = Date.UTC(9999, 11, 30);

export function timeRange(key: string, text: string): TimeRange {
  const { operator, time } = split(text);
  const instant = operators.has(operator) ? parseTime(time) : null;
  if (instant === null) {
    throw new Refusal(
      'invalid-filter',
      `'${key}' takes a time as in 2026-11-24T02:00:00Z, after one of gt, gte, lt, lte, eq, neq.`,
    );
  }
  const { second, whole } = instant;
  // The first second that is displayed at or after the instant, and the first one after it.
  const atOrAfter = shown(whole ? second : second + 1000);
  const after = shown(second + 1000);
  switch (operator) {
    case 'gt':
      return { from: after, before: null, outside: false };
    case 'gte':
      return { from: atOrAfter, before: null, outside: false };
    case 'lt':
      return { from: null, before: atOrAfter, outside: false };
    case 'lte':
      return { from: null, before: after, outside: false };
    default:
      return { from: atOrAfter, before: after, outside: operator === 'neq' };
  }
}

function split(text: string): { operator: string; time: string } {
  const colon = text.indexOf(':');
  if (colon < 0 || iso.test(text)) return { operator: 'eq', time: text };
  return { operator: text.slice(0, colon), time: text.slice(colon + 1) };
}

const shown = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Start of the second that holds the time, and whether the time is that start. Without an offset it is UTC. */
function parseTime(text: string): { second: number; whole: boolean } | null {
  const match = iso.exec(text);
  if (!match) return null;
  const [, day, minutes = '00:00', seconds = '00', fraction = '', hours, offsetMinutes = '00'] = match;
  const offset = hours === undefined ? 'Z' : `${hours}:${offsetMinutes}`;
  const local = Date.parse(`${day}T${minutes}:${seconds}Z`);
  const second = Date.parse(`${day}T${minutes}:${seconds}${offset}`);
  // Date.parse rolls 30 February over into March.
  if (Number.isNaN(second) || new Date(local).toISOString().slice(0, 10) !== day) return null;
  if (second < EARLIEST || second > LATEST) return null;
  return { second, whole: !/[1-9]/.test(fraction) };
}
