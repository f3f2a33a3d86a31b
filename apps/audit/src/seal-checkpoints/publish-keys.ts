import { canonicalJson, publishedKey } from '@cloud-images/ledger';
import { sealingKeys } from '../ledger/checkpoints.query.js';
import type { Sealer } from '../ledger/sealer.js';
import type { SigningKey } from './key-files.js';

/** Adds to the published keys those that are new, each with the word of the one before it. Returns the ids of the new ones. */
export function publishKeys(sealer: Sealer, keys: readonly SigningKey[]): Promise<string[]> {
  return sealer.exclusively(async (sql) => {
    const published = await sealingKeys(sql);
    const known = new Set(published.map(({ key_id }) => key_id));
    let before = published.at(-1)?.key_id ?? null;
    const added: string[] = [];
    for (const { id, publicKey } of keys.filter((key) => !known.has(key.id))) {
      const privateKey = keys.find((key) => key.id === before)?.privateKey ?? null;
      const key = publishedKey(publicKey, before === null ? null : { id: before, privateKey });
      void sql.query('INSERT INTO ledger.keys (key_id, key) VALUES ($1, $2)', [id, canonicalJson(key)]);
      before = id;
      added.push(id);
    }
    return added;
  });
}
