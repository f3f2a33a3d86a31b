import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8');
const services = (parse(read('docker-compose.yml'), { merge: true, maxAliasCount: -1 }) as Compose).services;
const operations = read('docs', 'operations.md');

interface Compose {
  readonly services: Record<string, { readonly environment?: object }>;
}

/** All that a text names, also by its end alone: `CLOUD_IMAGES_SWIFT_PASSWORD`, or `…_PASSWORD_FILE`. */
function named(text: string, prefix: string): string[] {
  const whole = text.match(new RegExp(`${prefix}[A-Z_]+`, 'g')) ?? [];
  const ends = text.match(/…_[A-Z_]+/g) ?? [];
  return [...new Set([...whole, ...ends.map((end) => prefix + end.slice(2))])];
}

describe('settings that the manual names', () => {
  const swift = /### A Swift in its place(.*?)\n## /s.exec(operations)?.[1] ?? '';
  const security = operations.match(/CLOUD_IMAGES_SECURITY_[A-Z_]+/g) ?? [];

  it.each([
    ['task-worker', named(swift, 'CLOUD_IMAGES_SWIFT_').filter((name) => !/_(PUBLIC_URL|DIR)$/.test(name))],
    ['gateway', ['CLOUD_IMAGES_SWIFT_PUBLIC_URL', ...new Set(security)]],
  ])('reach the container of the %s, and stand in .env.example', (service, names) => {
    expect(names.length).toBeGreaterThanOrEqual(3);
    const passed = Object.keys(services[service]?.environment ?? {});
    expect(names.filter((name) => !passed.includes(name))).toEqual([]);
    expect(names.filter((name) => !read('.env.example').includes(`#${name}=`))).toEqual([]);
  });
});
