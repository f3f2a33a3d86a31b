import { imageEvents } from '@cloud-images/contracts';
import { canMove, moves, movesFrom, type Move } from './lifecycle.js';
import { imageAfter, created, refusal } from './testing/given.js';

type StatusSchema = { const?: string; enum?: string[]; type?: string };
const statusesOf = (schema: StatusSchema): readonly string[] =>
  schema.const === undefined ? (schema.enum ?? []) : [schema.const];

describe('the moves of an image', () => {
  it.each(Object.keys(moves) as Move[])('%s says nothing that its published schema does not', (move) => {
    const { from, to } = imageEvents[move].schema.properties as unknown as { from: StatusSchema; to: StatusSchema };
    expect(statusesOf(from)).toEqual(expect.arrayContaining([...moves[move].from]));
    expect(statusesOf(to)).toEqual(expect.arrayContaining([...moves[move].to]));
  });

  it('covers every event that changes the status of an image that exists', () => {
    const changing = Object.values(imageEvents).filter(({ schema }) => {
      const { from, to } = schema.properties as unknown as { from?: StatusSchema; to?: StatusSchema };
      return from !== undefined && to !== undefined && [...statusesOf(from), ...statusesOf(to)].some(isStatus);
    });
    expect(changing.map(({ type }) => type).sort()).toEqual(['ImageCreated', ...Object.keys(moves)].sort());
  });

  it('has no way back from deleted, and none into queued but from data that did not come', () => {
    const into = (status: string) =>
      (Object.keys(moves) as Move[]).filter((move) => (moves[move].to as readonly string[]).includes(status));
    expect((Object.keys(moves) as Move[]).filter((move) => canMove(move, 'deleted'))).toEqual([]);
    expect(into('queued').sort()).toEqual([
      ...['ImageImportFailed', 'ImageStagingExpired', 'ImageUploadExpired', 'ImageUploadFailed'],
    ]);
  });

  it('refuses with the code of the operation', () => {
    const image = imageAfter(created());
    expect(movesFrom('ImageUploadStarted', image, 'status-conflict')).toBe('queued');
    expect(() => movesFrom('ImageDeactivated', image, 'wrong-status')).toThrow(refusal('wrong-status'));
  });
});

const isStatus = (text: string): boolean => ['queued', 'saving', 'active', 'pending_delete', 'deleted'].includes(text);
