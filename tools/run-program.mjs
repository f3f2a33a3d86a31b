import { spawn } from 'node:child_process';

/**
 * Runs a program to its end: `{ code, signal, output }`, where output is all that it wrote. Throws when it can't start.
 * `onText` sees standard output as it comes.
 */
export function runProgram(file, args, { onText, ...options } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      onText?.(String(chunk));
    });
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, output: output.trim() }));
  });
}
