import { Refusal } from '@cloud-images/contracts';
import type { Offers } from '../task/offers.js';

const longestInput = 65_536;
/** What JSON can say and PostgreSQL can't keep: NUL, and halves of characters. */
const unkept = /\\u0000|\\ud[89a-f][0-9a-f]{2}/i;

export interface TaskRequest {
  readonly type: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The body of `POST /v2/tasks`. Throws `invalid-body` for what is no request of a task on offer. */
export function readTaskRequest({ type, input }: Readonly<Record<string, unknown>>, offers: Offers): TaskRequest {
  if (typeof type !== 'string') throw new Refusal('invalid-body', "'type' must say what is to be done.");
  const offer = offers.get(type);
  if (offer === undefined || !offer.byUsers) {
    const known = [...offers].filter(([, { byUsers }]) => byUsers).map(([name]) => name);
    throw new Refusal('invalid-body', `'type' must be one of ${known.join(', ')}.`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Refusal('invalid-body', "'input' must be an object.");
  }
  const text = JSON.stringify(input);
  if (text.length > longestInput) throw new Refusal('limit-exceeded', `'input' may have ${longestInput} characters.`);
  if (unkept.test(text)) throw new Refusal('invalid-body', "'input' must not have NUL or halves of characters.");
  const wrong = offer.problemOf(input as Record<string, unknown>);
  if (wrong !== null) throw new Refusal('invalid-body', wrong);
  return { type, input: input as Record<string, unknown> };
}
