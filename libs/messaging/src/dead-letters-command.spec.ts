import { deadLettersCommand } from './dead-letters-command.js';
import type { DeadLetter, LetterPlace } from './port.js';

describe('the dead-letters command', () => {
  const letter = (group: string, key: string, cause = 'no such image'): DeadLetter => ({
    group,
    topic: 'cloud-images.member',
    partition: 3,
    offset: '17',
    key,
    value: '{}',
    headers: { ce_id: 'e1', ce_type: 'cloud-images.member.MemberAdded.v1' },
    attempt: 6,
    cause,
    parkedAt: '2026-01-01T00:00:00.000Z',
  });
  const run = async (args: string[], letters: DeadLetter[] = []) => {
    const asked: unknown[] = [];
    const said: string[] = [];
    const bus = {
      deadLetters: async (group: string) => letters.filter((one) => one.group === group),
      replayDeadLetters: async (group: string, key?: string) => {
        asked.push([group, key]);
        return letters.filter((one) => one.group === group && (key === undefined || one.key === key)).length;
      },
      dropDeadLetter: async (group: string, { topic, partition, offset }: LetterPlace) => {
        asked.push([group, topic, partition, offset]);
        return letters.some((one) => one.group === group && one.topic === topic && one.offset === offset);
      },
    };
    const code = await deadLettersCommand(bus, args, (line) => said.push(line));
    return { code, out: said.join('\n'), asked };
  };
  const letters = [letter('catalog', 'a'), letter('membership', 'b')];

  it('lists the letters of every service, with cause and origin', async () => {
    const { code, out } = await run(['list'], letters);
    expect(code).toBe(0);
    expect(out).toContain('catalog  key a  cloud-images.member 3:17');
    expect(out).toContain('cause  no such image, attempt 6');
    expect(out).toMatch(/2 dead letters$/);
  });

  it('lists those of one group or one key', async () => {
    expect((await run(['list', '--group', 'membership'], letters)).out).toMatch(/^1 dead letter$/m);
    expect((await run(['list', '--key', 'a'], letters)).out).not.toContain('membership');
  });

  it('has them delivered again, all or by group and key', async () => {
    expect((await run(['replay'], letters)).asked).toEqual([
      ['catalog', undefined],
      ['membership', undefined],
      ['audit', undefined],
    ]);
    const one = await run(['replay', '--group', 'catalog', '--key', 'a'], letters);
    expect(one.asked).toEqual([['catalog', 'a']]);
    expect(one.out).toMatch(/^1 dead letter will be delivered again/);
  });

  it('gives one up that is named as the list shows it', async () => {
    const place = 'cloud-images.member 3:17';
    expect((await run(['list'], letters)).out).toContain(place);
    const dropped = await run(['drop', '--group', 'catalog', '--letter', place], letters);
    expect(dropped).toMatchObject({ code: 0, asked: [['catalog', 'cloud-images.member', 3, '17']] });
    const missed = await run(['drop', '--group', 'catalog', '--letter', 'cloud-images.member 3:18'], letters);
    expect(missed).toMatchObject({ code: 1, out: 'there is no such dead letter' });
  });

  it('never hands a control character of a cause to the terminal', async () => {
    const { out } = await run(['list'], [letter('catalog', 'a', '\u001b[2Jgone\u009b')]);
    expect(out).toContain('\\u001b[2Jgone\\u009b');
  });

  it.each([
    ['nothing', []],
    ['another verb', ['empty']],
    ['a letter of no group', ['drop', '--letter', 'cloud-images.member 3:17']],
    ['no letter to drop', ['drop', '--group', 'catalog']],
    ['a letter that is no place', ['drop', '--group', 'catalog', '--letter', 'cloud-images.member 3']],
    ['a key to drop', ['drop', '--group', 'catalog', '--key', 'a']],
    ['an option that there is not', ['list', '--all', 'x']],
    ['an option without a value', ['list', '--key']],
  ])('given %s, then it says how it is used', async (_what, args) => {
    const { code, out } = await run(args);
    expect(code).toBe(2);
    expect(out).toContain('usage: npm run dead-letters');
  });
});
