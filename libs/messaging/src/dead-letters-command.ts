import type { DeadLetter, LetterPlace, MessageBus } from './port.js';

const usage = `usage: npm run dead-letters -- list|replay [--group <group>] [--key <key>]
       npm run dead-letters -- drop --group <group> --letter '<topic> <partition>:<offset>'`;
/** Each service is a group. */
const groups = ['catalog', 'membership', 'audit'];
const MOST = 1_000;

interface Wanted {
  readonly verb: string;
  readonly groups: readonly string[];
  readonly key: string | undefined;
  /** To be dropped. */
  readonly letter: LetterPlace | null;
}

/** Lists what no service could take, has it delivered again, or gives one up; returns the exit code. */
export async function deadLettersCommand(
  bus: Pick<MessageBus, 'deadLetters' | 'replayDeadLetters' | 'dropDeadLetter'>,
  args: readonly string[],
  say: (line: string) => void,
): Promise<number> {
  const wanted = readArguments(args);
  if (typeof wanted === 'string') {
    say(`${wanted}\n${usage}`);
    return 2;
  }
  if (wanted.letter !== null) {
    const dropped = await bus.dropDeadLetter(wanted.groups[0] ?? '', wanted.letter);
    say(dropped ? 'dropped; what else there is of its key will be delivered again' : 'there is no such dead letter');
    return dropped ? 0 : 1;
  }
  let count = 0;
  for (const group of wanted.groups) {
    if (wanted.verb === 'replay') {
      count += await bus.replayDeadLetters(group, wanted.key);
      continue;
    }
    const letters = await bus.deadLetters(group, MOST);
    const chosen = letters.filter(({ key }) => wanted.key === undefined || key === wanted.key);
    chosen.forEach((letter) => say(describe(letter)));
    if (letters.length === MOST) say(`${group} has more than ${MOST}; these are the first`);
    count += chosen.length;
  }
  const letters = count === 1 ? '1 dead letter' : `${count} dead letters`;
  say(wanted.verb === 'replay' ? `${letters} will be delivered again, in order; list tells what is left` : letters);
  return 0;
}

function readArguments(args: readonly string[]): Wanted | string {
  const [verb, ...rest] = args;
  if (verb !== 'list' && verb !== 'replay' && verb !== 'drop') return 'say what to do';
  const known = verb === 'drop' ? ['--group', '--letter'] : ['--group', '--key'];
  const options = new Map<string, string>();
  for (let at = 0; at < rest.length; at += 2) {
    const [name = '', value] = rest.slice(at, at + 2);
    if (!known.includes(name)) return `${verb} has no option ${word(name)}`;
    if (!value) return `${name} needs a value`;
    options.set(name, value);
  }
  const group = options.get('--group');
  const chosen = { verb, groups: group === undefined ? groups : [group], key: options.get('--key') };
  if (verb !== 'drop') return { ...chosen, letter: null };
  const letter = letterOf(options.get('--letter') ?? '');
  if (group === undefined || letter === null) return 'one letter of one group is dropped, named as list shows it';
  return { ...chosen, letter };
}

function letterOf(place: string): LetterPlace | null {
  const [, topic, partition, offset] = /^(\S+) (\d{1,9}):(\d{1,19})$/.exec(place) ?? [];
  return topic && partition && offset ? { topic, partition: Number(partition), offset } : null;
}

function describe({ group, topic, partition, offset, key, headers, attempt, cause, parkedAt }: DeadLetter): string {
  const place = `${topic} ${partition}:${offset}`;
  const type = headers['ce_type'] ?? 'a message';
  return [
    `${parkedAt}  ${word(group)}  key ${word(key)}  ${word(place)}`,
    `    what   ${word(type)}, event ${word(headers['ce_id'] ?? '–')}`,
    `    cause  ${word(cause)}, attempt ${attempt}`,
  ].join('\n');
}

/** A cause may quote anybody's text, and a terminal obeys escapes. */
const word = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
