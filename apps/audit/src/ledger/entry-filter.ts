import { Refusal } from '@cloud-images/contracts';
import { taskSubject } from './arrival.js';

/** Which events are asked for; what is left out lets all through. */
export interface EntryFilter {
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  readonly image: string | null;
  /** As `taskSubject` names it. */
  readonly task: string | null;
  readonly actor: string | null;
  /** The actor's project. */
  readonly project: string | null;
  readonly request: string | null;
  /** Recorded at or after; RFC 3339. */
  readonly since: string | null;
  /** Recorded before. */
  readonly until: string | null;
}

export const everything: EntryFilter = {
  types: [],
  kinds: [],
  image: null,
  task: null,
  actor: null,
  project: null,
  request: null,
  since: null,
  until: null,
};

/** The parameters of a URL, each looked at once and by name; those nobody looked at are refused. */
export class Parameters {
  private readonly seen = new Set<string>();
  private readonly pairs: readonly (readonly [string, string])[];

  /** `url` with its question mark, if it has one. */
  constructor(url: string) {
    const mark = url.indexOf('?');
    this.pairs = [...new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))];
  }

  all(name: string): string[] {
    this.seen.add(name);
    const values = this.pairs.filter(([key]) => key === name).map(([, value]) => value);
    if (values.some((value) => value === '' || value.length > MOST_CHARACTERS || /\p{Cc}/u.test(value))) {
      throw bad(`'${name}' has a value that nothing can have.`);
    }
    return values;
  }

  one(name: string): string | null {
    const values = this.all(name);
    if (values.length > 1) throw bad(`'${name}' can be given once only.`);
    return values[0] ?? null;
  }

  oneOf<const Value extends string>(name: string, values: readonly Value[]): Value | null {
    const text = this.one(name);
    const value = values.find((one) => one === text);
    if (text !== null && value === undefined) throw bad(`'${name}' is one of ${values.join(', ')}.`);
    return value ?? null;
  }

  count(name: string): number | null {
    const text = this.one(name);
    if (text !== null && !/^\d{1,15}$/.test(text)) throw bad(`'${name}' takes a whole number.`);
    return text === null ? null : Number(text);
  }

  time(name: string): string | null {
    const text = this.one(name);
    return text === null ? null : instant(name, text);
  }

  end(): void {
    const unknown = this.pairs.find(([name]) => !this.seen.has(name));
    if (unknown) throw bad(`There is no parameter '${unknown[0].slice(0, 80)}' here.`);
  }

  /** The same question less one parameter, as a query. */
  without(name: string): string {
    return new URLSearchParams(this.pairs.filter(([key]) => key !== name) as [string, string][]).toString();
  }

  /** The same question with another value, as a query. */
  with(name: string, value: string): string {
    return new URLSearchParams([...this.pairs.filter(([key]) => key !== name), [name, value]] as [
      string,
      string,
    ][]).toString();
  }
}

const MOST_CHARACTERS = 255;
const MOST_TYPES = 50;
const bad = (message: string): Refusal => new Refusal('invalid-filter', message);
const rfc3339 = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

/** As PostgreSQL takes it, with its offset; without one it is UTC. */
function instant(name: string, text: string): string {
  const [, day = '', time = '00:00', offset = 'Z'] = rfc3339.exec(text) ?? [];
  const start = Date.parse(`${day}T00:00Z`);
  // Date.parse rolls 30 February over into March.
  const isDay = day > '0001' && !Number.isNaN(start) && new Date(start).toISOString().startsWith(day);
  const whole = `${day}T${time}${offset.toUpperCase()}`;
  if (!isDay || Number.isNaN(Date.parse(whole))) throw bad(`'${name}' takes a time as in 2026-11-24T02:00:00Z.`);
  return whole;
}

export function readFilter(parameters: Parameters): EntryFilter {
  const types = parameters.all('type');
  const task = parameters.one('task');
  if (types.length > MOST_TYPES) throw bad(`'type' can be given ${MOST_TYPES} times at most.`);
  return {
    types,
    kinds: parameters.all('category'),
    image: parameters.one('image')?.toLowerCase() ?? null,
    task: task === null ? null : taskSubject(task),
    actor: parameters.one('actor'),
    project: parameters.one('project'),
    request: parameters.one('request'),
    since: parameters.time('since'),
    until: parameters.time('until'),
  };
}
