// What was taken from the topics, in a file of one's own: each event once and each stream in its order, whatever the bus
// sends again and however often this program is stopped.
import { DatabaseSync } from 'node:sqlite';

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** A stream's events left a hole: the topic has lost some, and is read again from its start. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

export class TakenEvents {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS events (
        stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, time TEXT NOT NULL,
        actor TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (stream, version)) WITHOUT ROWID`);
  }

  /**
   * Takes a message; what it does with an event it does in the same transaction, so that both happen or neither. False for one
   * that it had. The bus may be told only after this returned.
   */
  take({ headers, value }: Message): boolean {
    const {
      ce_id: id = '',
      ce_stream: stream = '',
      ce_type: type = '',
      ce_time: time = '',
      ce_actor: actor = '',
    } = headers;
    const version = Number(headers['ce_streamversion']);
    if (version <= this.last(stream)) return false;
    if (version > this.last(stream) + 1) throw new Missing(`${stream}: ${version} came after ${this.last(stream)}`);
    this.database
      .prepare('INSERT INTO events (stream, version, id, type, time, actor, data) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(stream, version, id, type, time, actor, value);
    return true;
  }

  private last(stream: string): number {
    const row = this.database.prepare('SELECT max(version) AS version FROM events WHERE stream = ?').get(stream);
    return Number(row?.['version'] ?? 0);
  }

  close(): void {
    this.database.close();
  }
}
