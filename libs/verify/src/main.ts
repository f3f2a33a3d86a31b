import { command } from './command.js';

try {
  process.exitCode = await command(process.argv.slice(2), (line) => void process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`cloud-images-verify: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
