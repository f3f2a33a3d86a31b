import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeFinding } from './finding.js';
import { linesOf } from './lines-of.js';
import { readCheckpoints, readKeys } from './read-files.js';
import { trustedKeys } from './trust.js';
import { verifyExport } from './verify-export.js';
import { verifyProof, type InclusionProof } from './verify-proof.js';

export const usage = `usage: cloud-images-verify <export.ndjson> --keys <keys.json> [--checkpoints <file>]… [--since <checkpoint>]
       cloud-images-verify --proof <proof.json> --keys <keys.json>

Says whether an export of the ledger (/v1/export) is what was sealed. Needs no network and no account.
  --keys         the public keys (/v1/keys), best a copy that you kept
  --checkpoints  signed checkpoints (/v1/checkpoints, the topic cloud-images.checkpoint, the object store); repeatable
  --since        a checkpoint that you kept: whatever it covered must still be there
  --trust        the id of a key that no key before it vouches for; repeatable
  --proof        one event's proof (/v1/proofs/inclusion) instead of an export
Ends with 0: intact, 1: not, 2: it could not be verified.`;

/** Runs the command; returns the exit code. Throws for what is wrong with what was given. */
export async function command(args: readonly string[], say: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      checkpoints: { type: 'string', multiple: true },
      since: { type: 'string' },
      trust: { type: 'string', multiple: true },
      proof: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const [path] = positionals;
  if (values.help || !values.keys || positionals.length !== (values.proof ? 0 : 1)) {
    say(usage);
    return values.help ? 0 : 2;
  }
  const keys = trustedKeys(readKeys(values.keys), values.trust);
  if (values.proof) return proof(JSON.parse(readFileSync(values.proof, 'utf8')) as InclusionProof, keys, say);
  const lines = linesOf(path as string);
  const [since] = values.since ? readCheckpoints(values.since) : [];
  const checkpoints = (values.checkpoints ?? []).flatMap(readCheckpoints);
  const { finding, events, provedTo, unproved } = await verifyExport({ lines, checkpoints, keys, since });
  if (finding) {
    say(`NOT INTACT: ${describeFinding(finding)}`);
    return 1;
  }
  if (provedTo === 0) {
    say(`${events} events, and no checkpoint covers any of them: nothing is proved`);
    return 2;
  }
  const rest = unproved === 0 ? '' : `; the last ${unproved} are not covered by a checkpoint yet`;
  say(`intact: ${events} events lead to the signed checkpoint of size ${provedTo}${rest}`);
  return 0;
}

function proof(claim: InclusionProof, keys: ReturnType<typeof trustedKeys>, say: (line: string) => void): number {
  const { event, checkpoint } = claim;
  if (!verifyProof(claim, keys)) {
    say(
      `NOT INTACT: the event ${event.id} is not at position ${event.position} of the ledger of size ${checkpoint.size}`,
    );
    return 1;
  }
  say(`intact: the event ${event.id} is at position ${event.position} of the ledger of size ${checkpoint.size}`);
  return 0;
}
