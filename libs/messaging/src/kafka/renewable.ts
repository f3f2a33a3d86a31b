import { within } from './connection.js';

const GOODBYE_MS = 3_000;

interface Opened<Client> {
  readonly client: Promise<Client>;
  uses: number;
  dropped: boolean;
}

/**
 * A client that is opened when it is first used and thrown away after an error: kafkajs's clients keep metadata of topics
 * that are gone, sequence numbers that the broker no longer expects, and brokers that moved. A new one knows nothing wrong.
 * Whoever still uses the old one may finish.
 */
export class Renewable<Client> {
  private current: Opened<Client> | null = null;
  private closed = false;

  constructor(
    private readonly open: () => Promise<Client>,
    private readonly end: (client: Client) => Promise<void>,
  ) {}

  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    if (this.closed) throw new Error('this connection to the bus is closed');
    const mine = (this.current ??= { client: this.open(), uses: 0, dropped: false });
    mine.uses += 1;
    try {
      return await work(await mine.client);
    } catch (error) {
      mine.dropped = true;
      if (this.current === mine) this.current = null;
      throw error;
    } finally {
      mine.uses -= 1;
      if (mine.dropped && mine.uses === 0) void this.farewell(mine);
    }
  }

  /** Does not wait for what is under way. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.current) await this.farewell(this.current);
    this.current = null;
  }

  private async farewell({ client }: Opened<Client>): Promise<void> {
    await within(
      GOODBYE_MS,
      client.then((opened) => this.end(opened)),
    );
  }
}
