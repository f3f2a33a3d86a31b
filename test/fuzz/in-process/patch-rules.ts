import { Refusal, type Identity, type ImageEvent } from '@cloud-images/contracts';
import type { AppendedEvent } from '@cloud-images/event-store';
import { parseJson } from '@cloud-images/service-kit';
import fc from 'fast-check';
import { patchSequence, render, type PatchCase } from '../patch-cases.ts';
import { differences, predict, type ModelImage } from '../patch-model.ts';
import type { Tally } from '../tally.ts';
import { imageAggregate, imageValidator, osDistros, patchOf, renderImage, unprotected, updateImage } from './rules.ts';

const identity: Identity = { user: 'u', project: 'p', roles: ['member'], via: 'gateway', source: 'embedded' };
const rules = {
  valid: imageValidator({ osDistros }),
  protections: unprotected,
  knownProperties: null,
  limitsOf: () => ({ tags: 128, properties: 128 }),
};
const ID = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';

type State = ReturnType<typeof imageAggregate.evolve>;
type Living = Extract<State, { exists: true }>;

/** Sequences of patches on images in memory, each decided, folded and rendered as the service does it. */
export function fuzzPatchRules(seed: number, tally: Tally): void {
  const property = fc.property(patchSequence, ({ active, cases }) => {
    if (!tally.done()) runSequence(active, cases, tally);
  });
  for (let round = 0; !tally.done(); round += 1) fc.assert(property, { seed: seed + round * 7919, numRuns: 200 });
}

function runSequence(active: boolean, cases: readonly PatchCase[], tally: Tally): void {
  let state = fold({ exists: false }, firstFacts(active));
  let model = startOf(!active);
  for (const one of cases) {
    const text = render(one);
    const prediction = predict(model, one.media, one.operations);
    const outcome = decide(text, one, state);
    tally.count(outcome.status);
    const what = `${one.media} ${text.slice(0, 600)}`;
    if (!prediction.accepted) {
      if (!prediction.statuses.has(outcome.status))
        throw new Error(`${what}\nexpected one of ${[...prediction.statuses].join(', ')}, got ${outcome.status}`);
      continue;
    }
    if (outcome.status !== 200) throw new Error(`${what}\nexpected 200, got ${outcome.status}`);
    state = fold(state, outcome.facts);
    const shown = JSON.parse(renderImage(state as Living, { nullAttributes: 'omit' })) as Record<string, unknown>;
    const wrong = differences(prediction.image, shown);
    if (wrong.length > 0) throw new Error(`${what}\n${wrong.join('\n')}`);
    model = prediction.image;
    if (({} as Record<string, unknown>)['polluted'] !== undefined) throw new Error(`${what}\nObject.prototype changed`);
  }
}

/** Anything but a refusal is the fault that is looked for. */
function decide(text: string, { media }: PatchCase, state: State): { status: number; facts: ImageEvent[] } {
  try {
    const patch = patchOf(parseJson(text), media);
    return { status: 200, facts: updateImage({ patch, identity, rules }, state as Living) };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, facts: [] };
    throw error;
  }
}

let told = 0;
function fold(state: State, facts: readonly ImageEvent[]): State {
  return facts.reduce<State>((now, fact) => {
    const recorded = {
      ...fact,
      stream: `image-${ID}`,
      version: (told += 1),
      schema_version: 1,
      recorded_at: at,
      metadata,
    };
    return imageAggregate.evolve(now, recorded as unknown as AppendedEvent<ImageEvent>);
  }, state);
}

const at = '2026-11-24T12:00:00.123456Z';
const metadata = { actor: { user: 'u', project: 'p', roles: ['member'], via: 'gateway' } };

function firstFacts(active: boolean): ImageEvent[] {
  const created = {
    type: 'ImageCreated',
    data: {
      ...{ image_id: ID, from: null, to: 'queued', owner: 'p', name: null, visibility: 'shared', protected: false },
      ...{ os_hidden: false, container_format: 'bare', disk_format: 'raw', min_disk: 0, min_ram: 0, tags: [] },
      properties: { a: '1', b: '2' },
    },
  } as const;
  const noData = { size: 0, virtual_size: null, checksum: 'c', os_hash_algo: 'sha512', os_hash_value: 'd' };
  const activated = {
    type: 'ImageActivated',
    data: { image_id: ID, attempt: null, key: null, from: 'queued', to: 'active', ...noData },
  } as const;
  return (active ? [created, activated] : [created]) as unknown as ImageEvent[];
}

const startOf = (formatsWritable: boolean): ModelImage => ({
  base: {
    ...{ name: null, visibility: 'shared', protected: false, os_hidden: false, container_format: 'bare' },
    ...{ disk_format: 'raw', min_disk: 0, min_ram: 0, tags: new Set<string>() },
  },
  properties: new Map([
    ['a', '1'],
    ['b', '2'],
  ]),
  formatsWritable,
});
