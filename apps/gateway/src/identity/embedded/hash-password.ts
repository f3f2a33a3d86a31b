// Prints the `password_hash` for the users file. The password comes from a terminal prompt or standard input, never
// from the command line, where other users of the machine could read it.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { hashPassword } from './password.js';

async function ask(): Promise<string> {
  const { stdin, stderr } = process;
  // Shows the question and not what is typed.
  let muted = false;
  const output = new Writable({
    write: (chunk, _encoding, done) => (muted ? done() : stderr.write(chunk, () => done())),
  });
  const prompt = createInterface({ input: stdin, output, terminal: stdin.isTTY === true });
  const answer = prompt.question(stdin.isTTY ? 'Password: ' : '');
  muted = true;
  try {
    return await answer;
  } finally {
    prompt.close();
    if (stdin.isTTY) stderr.write('\n');
  }
}

const password = await ask();
if (password === '') {
  process.stderr.write('no password was given\n');
  process.exitCode = 1;
} else {
  process.stdout.write(`${await hashPassword(password)}\n`);
}
