import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { differences, predict, type ModelImage } from './patch-model.ts';
import { patchSequence, render, type PatchCase } from './patch-cases.ts';
import type { Tally } from './tally.ts';

/** Sequences of patches on fresh images until the tally has enough cases; throws with the shrunk counterexample. */
export async function fuzzPatch(client: ApiClient, seed: number, tally: Tally): Promise<void> {
  const property = fc.asyncProperty(patchSequence, async ({ active, cases }) => {
    if (tally.done()) return;
    await runSequence(client, active, cases, tally);
  });
  for (let round = 0; !tally.done(); round += 1) {
    await fc.assert(property, { seed: seed + round * 7919, numRuns: 100, endOnFailure: false });
  }
}

async function runSequence(client: ApiClient, active: boolean, cases: readonly PatchCase[], tally: Tally) {
  const created = await client.call('POST', '/v2/images', {
    body: { disk_format: 'raw', container_format: 'bare', a: '1', b: '2', ...(active ? { size: 0 } : {}) },
  });
  if (created.status !== 201) throw new Error(`create: ${created.status} ${created.body.toString('utf8')}`);
  const id = created.json.id as string;
  let image = modelOf(created.json, !active);
  let etag = created.headers['etag'];
  for (const one of cases) {
    const answer = await client.call('PATCH', `/v2/images/${id}`, {
      body: render(one),
      headers: { 'content-type': `application/openstack-images-${one.media}-json-patch` },
    });
    const prediction = predict(image, one.media, one.operations);
    tally.count(answer.status);
    const what = `${one.media} ${render(one).slice(0, 600)}`;
    if (!prediction.accepted) {
      if (!prediction.statuses.has(answer.status))
        throw new Error(`${what}\nexpected one of ${[...prediction.statuses].join(', ')}, got ${text(answer)}`);
      continue;
    }
    if (answer.status !== 200) throw new Error(`${what}\nexpected 200, got ${text(answer)}`);
    const wrong = differences(prediction.image, answer.json);
    if (wrong.length > 0) throw new Error(`${what}\n${wrong.join('\n')}`);
    const changed = !isDeepStrictEqual(prediction.image, image);
    if ((answer.headers['etag'] !== etag) !== changed)
      throw new Error(`${what}\nETag ${String(etag)} → ${String(answer.headers['etag'])}, changed: ${changed}`);
    image = prediction.image;
    etag = answer.headers['etag'];
  }
  const shown = await client.call('GET', `/v2/images/${id}`);
  const wrong = differences(image, shown.json);
  if (wrong.length > 0 || shown.headers['etag'] !== etag)
    throw new Error(`after the sequence, ${String(shown.headers['etag'])} for ${String(etag)}: ${wrong.join('\n')}`);
  await client.call('DELETE', `/v2/images/${id}`);
}

function modelOf(entity: Record<string, any>, formatsWritable: boolean): ModelImage {
  return {
    base: {
      name: entity['name'] ?? null,
      visibility: entity['visibility'],
      protected: false,
      os_hidden: false,
      container_format: 'bare',
      disk_format: 'raw',
      min_disk: entity['min_disk'],
      min_ram: entity['min_ram'],
      tags: new Set(),
    },
    properties: new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
    formatsWritable,
  };
}

const text = (answer: Answer) => `${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`;
