// npm run events:docs: writes docs/events.md from the table of events, and a frozen sample of each event version that has
// none yet. Published samples are never written again: they are how events of old logs look. With --release also
// published.json, the contract that readers of the last release hold: what breaks it fails the tests from then on.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEvents, eventCatalogue } from '@cloud-images/contracts';
import { format, resolveConfig } from 'prettier';
import { root } from './node24.mjs';

const samples = join(root, 'libs', 'contracts', 'src', 'events', 'samples');
mkdirSync(samples, { recursive: true });

for (const { type, version, sample } of eventCatalogue.values()) {
  const file = join(samples, `${type}.v${version}.json`);
  if (existsSync(file)) continue;
  const options = await resolveConfig(file);
  writeFileSync(file, await format(JSON.stringify(sample), { ...options, filepath: file }));
  console.log(`${type} version ${version}: sample published`);
}
writeFileSync(join(root, 'docs', 'events.md'), describeEvents());
console.log(`docs/events.md: ${eventCatalogue.size} events`);

if (process.argv.includes('--release')) {
  const file = join(samples, '..', 'published.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const now = Object.fromEntries(
    [...eventCatalogue.values()].map(({ type, version, schema }) => [
      `${type}.v${version}`,
      published(type, version, schema),
    ]),
  );
  const text = JSON.stringify({ ...before, ...now });
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  console.log(`published.json: ${Object.keys(now).length} events`);
}

function published(type, version, schema) {
  const sample = readFileSync(join(samples, `${type}.v${version}.json`));
  return { schema, sample: createHash('sha256').update(sample).digest('hex') };
}
