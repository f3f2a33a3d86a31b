import { channel } from 'node:diagnostics_channel';
import type { ClientBase } from 'pg';
import { StoreUnavailable, type SqlExecutor } from '../port.js';
import { send, type Statement, type StatementResult } from './batch.js';

const commitSent = channel('cloud-images:commit.sent');

/** Statements of one transaction, sent without waiting for one another; all must have succeeded before the commit counts. */
export class Pipeline implements SqlExecutor {
  private readonly asked: Promise<unknown>[] = [];
  /** Not on their way yet: statements of one turn leave together. */
  private waiting: Statement[] = [];

  constructor(private readonly client: ClientBase) {
    void this.ask('BEGIN', [], 'begin');
  }

  query<Row extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<{ rows: Row[]; rowCount: number }> {
    return this.ask(text, values, name);
  }

  /** Sends COMMIT behind the statements and waits for all; throws the first failure (later ones only follow from it). */
  async commit(): Promise<void> {
    const committed = this.ask('COMMIT', [], 'commit');
    this.flush();
    commitSent.publish(undefined);
    for (const one of this.asked) {
      await one.catch(async (error: unknown) => {
        // COMMIT ended the transaction, as a ROLLBACK, unless it was skipped with the statement that failed.
        await committed.catch(() => this.rollback()).catch(() => undefined);
        throw error;
      });
    }
    const { command } = await committed;
    // After a failed statement COMMIT succeeds, as a ROLLBACK.
    if (command !== 'COMMIT') throw new StoreUnavailable(`the transaction ended with ${command}`);
  }

  /** Ends the transaction, whatever it did; what was asked and not sent is not sent any more. */
  async rollback(): Promise<void> {
    for (const { reject } of this.waiting) reject(new StoreUnavailable('the transaction was given up'));
    this.waiting = [];
    await this.client.query('ROLLBACK');
  }

  private ask(text: string, values: readonly unknown[], name?: string): Promise<StatementResult> {
    const asked = new Promise<StatementResult>((resolve, reject) => {
      this.waiting.push({ text, values, name, resolve, reject });
    });
    // Looked at when the transaction ends; until then a failure must not count as unhandled.
    asked.catch(() => undefined);
    this.asked.push(asked);
    if (this.waiting.length === 1) process.nextTick(() => this.flush());
    return asked;
  }

  private flush(): void {
    const statements = this.waiting;
    this.waiting = [];
    if (statements.length > 0) send(this.client, statements);
  }
}
