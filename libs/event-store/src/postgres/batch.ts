import type { Writable } from 'node:stream';
import pg, { type ClientBase } from 'pg';
import { serialize } from 'pg-protocol';
import utils from 'pg/lib/utils.js';

/** A statement and who waits for it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Under which each connection prepares it; without one it is planned anew. */
  readonly name?: string | undefined;
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface StatementResult {
  readonly rows: any[];
  readonly rowCount: number;
  /** First word of what the server says it did, as `COMMIT`. */
  readonly command: string;
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** The parts of pg's connection that a query of one's own is handed. */
interface Connection {
  readonly stream: Writable;
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
}
interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

const connectionOf = (client: ClientBase): Connection => (client as unknown as { connection: Connection }).connection;

const isPrepared = (connection: Connection, { name, text }: Statement): boolean =>
  name !== undefined && connection.parsedStatements[name] === text;

/**
 * Sends statements in their order, in as few messages as can be: those that the connection has prepared already travel
 * together, with one Sync behind them, and what they return is described once in the life of the connection (it can't
 * change: the server refuses such a statement). Each exchange of its own costs both sides more than a statement does.
 *
 * After a failure the rest of its batch is skipped and fails alike; a COMMIT among it has not happened.
 */
export function send(client: ClientBase, statements: readonly Statement[]): void {
  const connection = connectionOf(client);
  connection.stream.cork();
  let together: Statement[] = [];
  const flush = () => {
    if (together.length > 0) client.query(new Batch(connection, together) as unknown as pg.Query);
    together = [];
  };
  for (const statement of statements) {
    if (isPrepared(connection, statement)) {
      together.push(statement);
    } else {
      flush();
      alone(client, statement);
    }
  }
  flush();
  connection.stream.uncork();
}

function alone(client: ClientBase, { text, values, name, resolve, reject }: Statement): void {
  client
    .query({ text, values: values as unknown[], ...(name === undefined ? {} : { name }) })
    .then(({ rows, rowCount, command }) => resolve({ rows, rowCount: rowCount ?? 0, command }), reject);
}

// The driver takes queries of one's own that extend its class.
const Query = pg.Query as unknown as new (
  text: string,
  values: undefined,
  callback: (error: unknown) => void,
) => object;

const described = new WeakMap<Connection, Map<string, readonly Column[]>>();

class Batch extends Query {
  private at = 0;
  private found: object[] = [];
  private readonly columns: Map<string, readonly Column[]>;

  constructor(
    connection: Connection,
    private readonly statements: readonly Statement[],
  ) {
    super('', undefined, (error) => {
      if (error) for (const { reject } of statements.slice(this.at)) reject(error);
    });
    const known = described.get(connection);
    this.columns = known ?? new Map();
    if (!known) described.set(connection, this.columns);
  }

  submit(connection: Connection): Error | null {
    const messages: Buffer[] = [];
    try {
      for (const { name, values } of this.statements as readonly (Statement & { name: string })[]) {
        messages.push(
          serialize.bind({ statement: name, values: values as unknown[], valueMapper: utils.prepareValue }),
        );
        if (!this.columns.has(name)) messages.push(serialize.describe({ type: 'P' }));
        messages.push(serialize.execute());
      }
    } catch (error) {
      return error as Error;
    }
    messages.push(serialize.sync());
    connection.stream.write(Buffer.concat(messages));
    return null;
  }

  handleRowDescription({ fields }: RowDescription): void {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID) }));
    this.columns.set(this.nameOf(), columns);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const columns = this.columns.get(this.nameOf()) ?? [];
    for (let i = 0; i < columns.length; i += 1) {
      const { name, parse } = columns[i] as Column;
      const text = fields[i] as string | null;
      row[name] = text === null ? null : parse(text);
    }
    this.found.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const name = this.nameOf();
    if (!this.columns.has(name)) this.columns.set(name, []);
    const { resolve } = this.statements[this.at] as Statement;
    const words = text.split(' ');
    const rows = this.found;
    this.found = [];
    this.at += 1;
    resolve({ rows, rowCount: words.length > 1 ? Number(words.at(-1)) : 0, command: words[0] as string });
  }

  private nameOf = (): string => (this.statements[this.at] as Statement).name as string;
}
