// npm run events:docs: writes docs/events.md from the table of events, and a frozen sample of each event version that has
// none yet. Published samples are never written again: they are how events of old logs look.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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
