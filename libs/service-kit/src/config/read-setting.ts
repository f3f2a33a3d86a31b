import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one setting; never shows a value. */
export class UnusableSetting extends Error {
  override readonly name = 'UnusableSetting';
}

const fileForm = '_FILE';

/**
 * The text of a variable, or of the file that `<variable>_FILE` names, without the space round it; undefined when
 * neither is set. A setting that is a path itself has no file form, and a name that is another setting's own stays that
 * setting's (`variables` are all of them). Throws `UnusableSetting`.
 */
export function readSetting(variable: string, env: Environment, variables: ReadonlySet<string>): string | undefined {
  const text = env[variable] || undefined;
  const pointer = variable + fileForm;
  const path = variable.endsWith(fileForm) || variables.has(pointer) ? undefined : env[pointer] || undefined;
  if (path === undefined) return text;
  if (text !== undefined) throw new UnusableSetting(`${variable} and ${pointer} are both set`);
  const content = contentOf(path, pointer).trim();
  if (content === '') throw new UnusableSetting(`${pointer} names an empty file`);
  return content;
}

function contentOf(path: string, pointer: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The error's own text shows the path, which someone may have mistaken for the value.
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UnusableSetting(`${pointer} names a file that can't be read (${code})`);
  }
}
