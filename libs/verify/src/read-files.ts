import { readFileSync } from 'node:fs';
import type { Checkpoint, SealingKey } from '@cloud-images/ledger';
import { NotTrusted } from './trust.js';

/** Checkpoints as they are served, deposited, or one a line. */
export function readCheckpoints(path: string): Checkpoint[] {
  return jsonValues(path).flatMap((value) => {
    const { checkpoints, checkpoint } = value as { checkpoints?: Checkpoint[]; checkpoint?: Checkpoint };
    return checkpoints ?? [checkpoint ?? (value as Checkpoint)];
  });
}

/** Keys as `/v1/keys` serves them, the oldest first. */
export function readKeys(path: string): SealingKey[] {
  const keys = jsonValues(path).flatMap((value) => (value as { keys?: SealingKey[] }).keys ?? [value as SealingKey]);
  if (keys.some((key) => typeof key.public_key !== 'string')) throw new NotTrusted(`${path} has no keys`);
  return keys;
}

/** The whole file as one JSON, or each of its lines. */
function jsonValues(path: string): unknown[] {
  const text = readFileSync(path, 'utf8');
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as unknown);
  }
}
