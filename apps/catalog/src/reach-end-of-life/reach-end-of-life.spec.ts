import { created, evolved, ID, imageAfter, noImage, NOW, purged, scheduled, uploaded } from '../image/testing/given.js';
import { reachEndOfLife } from './reach-end-of-life.js';

const image = (end_of_life?: string) => imageAfter(created({ properties: end_of_life ? { end_of_life } : {} }));
const reached = (end_of_life: string) => [{ type: 'ImageEndOfLifeReached', data: { image_id: ID, end_of_life } }];

describe('reaching the end of life', () => {
  it('is a fact from its second on', () => {
    expect(reachEndOfLife(image('2026-11-24T12:00:00Z'), NOW)).toEqual(reached('2026-11-24T12:00:00Z'));
    expect(reachEndOfLife(image('2026-11-24T12:00:01Z'), NOW)).toEqual([]);
    expect(reachEndOfLife(image(), NOW)).toEqual([]);
  });

  it('is one fact for each end that was set', () => {
    const ended = evolved(image('2026-11-01T00:00:00Z'), reachEndOfLife(image('2026-11-01T00:00:00Z'), NOW));
    expect(reachEndOfLife(ended, NOW)).toEqual([]);
    const anew = { image_id: ID, name: 'end_of_life', from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
    expect(reachEndOfLife(evolved(ended, [{ type: 'ImagePropertySet', data: anew }]), NOW)).toHaveLength(1);
  });

  it('is none of an image that is gone', () => {
    const properties = { end_of_life: '2026-11-01T00:00:00Z' };
    expect(reachEndOfLife(noImage, NOW)).toEqual([]);
    expect(reachEndOfLife(imageAfter(created({ properties }), ...uploaded(), scheduled()), NOW)).toEqual([]);
    expect(reachEndOfLife(imageAfter(created({ properties }), ...uploaded(), scheduled(), purged()), NOW)).toEqual([]);
  });

  it('does not count as a change of the image', () => {
    const before = image('2026-11-01T00:00:00Z');
    expect(evolved(before, reachEndOfLife(before, NOW)).updated_at).toBe(before.updated_at);
  });
});
