import fc from 'fast-check';
import type { Answer } from '../support/api-client.ts';
import { listCase } from './list-cases.ts';
import { expected, type Query } from './list-model.ts';
import type { Person, Population } from './population.ts';
import type { Tally } from './tally.ts';

type Name = 'demo' | 'alt' | 'admin' | 'reader';
const PAGE = 25;
const CAP = 1000;

export async function fuzzList(people: Record<Name, Person>, population: Population, seed: number, tally: Tally) {
  const known = population.images.map((image) => String(image.entity['id']));
  const seen = population.images.slice(0, 20).map((image) => String(image.entity['created_at']));
  const property = fc.asyncProperty(listCase(known, seen), async ({ caller, query }) => {
    if (!tally.done()) await runQuery(people[caller], query, population, tally);
  });
  for (let round = 0; !tally.done(); round += 1) {
    await fc.assert(property, { seed: seed + round * 7919, numRuns: 500 });
  }
}

async function runQuery(person: Person, query: Query, population: Population, tally: Tally): Promise<void> {
  const path = `/v2/images?${new URLSearchParams(query.map(([key, value]): [string, string] => [key, value])).toString()}`;
  const answer = await person.client.call('GET', path);
  tally.count(answer.status);
  const prediction = expected(population.images, person, query);
  if (prediction.refused) {
    if (answer.status !== 400) throw new Error(`${path}\nexpected 400, got ${text(answer)}`);
    return;
  }
  if (answer.status !== 200) throw new Error(`${path}\nexpected 200, got ${text(answer)}`);
  const limit = Math.min(Number(query.findLast(([key]) => key === 'limit')?.[1] ?? PAGE), CAP);
  const ids = prediction.images.map((image) => String(image.entity['id']));
  compare(path, answer, ids.slice(0, limit));
  const next = answer.json.next as string | undefined;
  if (limit > 0 && ids.length > limit && next === undefined)
    throw new Error(`${path}\n${ids.length} images and no next`);
  if (next === undefined) return;
  keepsParameters(path, query, next);
  const second = await person.client.call('GET', next);
  tally.count(second.status);
  compare(next, second, ids.slice(limit, 2 * limit));
}

function compare(path: string, answer: Answer, ids: readonly string[]): void {
  const got = (answer.json?.images as { id: string }[] | undefined)?.map((image) => image.id);
  if (JSON.stringify(got) !== JSON.stringify(ids))
    throw new Error(`${path}\ngot      ${JSON.stringify(got)}\nexpected ${JSON.stringify(ids)}`);
}

function keepsParameters(path: string, query: Query, next: string): void {
  const sorted = (pairs: Iterable<readonly [string, string]>) =>
    JSON.stringify([...pairs].filter(([key]) => key !== 'marker' && key !== 'limit').sort());
  if (sorted(query) !== sorted(new URL(next, 'http://x').searchParams))
    throw new Error(`${path}\nnext has other parameters: ${next}`);
}

const text = (answer: Answer) => `${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`;
