import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { eventsOpenTo, Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { consistencyPath, inclusionPath, prove, type Checkpoint } from '@cloud-images/ledger';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkpointCovering, latestCheckpoint } from '../ledger/checkpoints.query.js';
import { Parameters } from '../ledger/entry-filter.js';
import { readSealedEvent } from '../ledger/sealed-event.query.js';
import { LEDGER } from '../ledger/tokens.js';
import { subtreeReader } from '../ledger/tree.query.js';

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

/** What shows that an event is in the ledger, and that the ledger only grew. Proofs end in a signed checkpoint. */
@Controller()
export class Prove {
  constructor(@Inject(LEDGER) private readonly sql: SqlExecutor) {}

  /** `?event=<id>[&size=<of a checkpoint>]`: that the event is in the ledger of that size; default the latest. */
  @Get('v1/proofs/inclusion')
  async inclusion(
    @Caller() { identity }: CallerContext,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = eventsOpenTo(identity);
    const parameters = new Parameters(url);
    const id = parameters.one('event');
    const size = parameters.count('size');
    parameters.end();
    if (id === null) throw new Refusal('bad-request', "'event' names the event to prove.");
    const { entry, leafHash, position } = await readSealedEvent(this.sql, id, scope);
    const checkpoint = await this.checkpointOf(size);
    if (checkpoint === null || position >= checkpoint.size) {
      throw new Refusal('not-found', 'The event is sealed, and no checkpoint of that size covers it yet.', {
        'retry-after': '60',
      });
    }
    const path = await prove(inclusionPath(position, checkpoint.size), subtreeReader(this.sql));
    const proof = { position, leaf_hash: leafHash.toString('hex'), path: hex(path), checkpoint };
    reply.header('content-type', 'application/json').send(`{"event":${entry},${JSON.stringify(proof).slice(1)}`);
  }

  /** `?first=<size>[&second=<size>]`: that the ledger of the second checkpoint begins with that of the first. */
  @Get('v1/proofs/consistency')
  async consistency(@Caller() { identity }: CallerContext, @Req() { url }: FastifyRequest): Promise<object> {
    eventsOpenTo(identity);
    const parameters = new Parameters(url);
    const first = parameters.count('first');
    const second = parameters.count('second');
    parameters.end();
    if (first === null) throw new Refusal('bad-request', "'first' is the size of the older checkpoint.");
    const [older, newer] = await Promise.all([this.checkpointOf(first), this.checkpointOf(second)]);
    if (older === null || newer === null) throw new Refusal('not-found', 'There is no checkpoint of that size.');
    if (older.size > newer.size) throw new Refusal('bad-request', "'first' is not above 'second'.");
    const path = await prove(consistencyPath(older.size, newer.size), subtreeReader(this.sql));
    return { first: older, second: newer, path: hex(path) };
  }

  /** The checkpoint of exactly this size; without one the latest. */
  private async checkpointOf(size: number | null): Promise<Checkpoint | null> {
    if (size === null) return latestCheckpoint(this.sql);
    const found = await checkpointCovering(this.sql, size);
    return found?.size === size ? found : null;
  }
}
