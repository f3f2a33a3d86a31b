import { channel } from 'node:diagnostics_channel';
import type { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import { StoreUnavailable, type SqlExecutor } from '../port.js';

const commitSent = channel('cloud-images:commit.sent');

/** Statements of one transaction, each sent at once; all must have succeeded before the commit counts. */
export class Pipeline implements SqlExecutor {
  private readonly sent: Promise<unknown>[] = [];
  private gathering = false;

  constructor(private readonly client: ClientBase) {
    void this.query('BEGIN');
  }

  query<Row extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<{ rows: Row[]; rowCount: number }> {
    this.gather();
    const sent = this.client
      .query<Row>({ text, values: values as unknown[], ...(name ? { name } : {}) })
      .then(({ rows, rowCount }) => ({ rows, rowCount: rowCount ?? 0 }));
    // Looked at when the transaction ends; until then a failure must not count as unhandled.
    sent.catch(() => undefined);
    this.sent.push(sent);
    return sent;
  }

  /** Sends COMMIT behind the statements and waits for all; throws the first failure (later ones only follow from it). */
  async commit(): Promise<void> {
    this.gather();
    const committed = this.client.query('COMMIT');
    committed.catch(() => undefined);
    commitSent.publish(undefined);
    for (const one of this.sent) {
      await one.catch(async (error: unknown) => {
        await committed.catch(() => undefined);
        throw error;
      });
    }
    const { command } = await committed;
    // After a failed statement COMMIT succeeds, as a ROLLBACK.
    if (command !== 'COMMIT') throw new StoreUnavailable(`the transaction ended with ${command}`);
  }

  /** Statements of one turn leave in one system call, which costs more than most of what they do. */
  private gather(): void {
    const { stream } = (this.client as unknown as { connection: { stream: Writable } }).connection;
    if (this.gathering) return;
    this.gathering = true;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }
}
