import { within } from './connection.js';

const GOODBYE_MS = 3_000;

/**
 * A client that is opened when it is first used and thrown away after an error: kafkajs's clients keep metadata of topics
 * that are gone, sequence numbers that the broker no longer expects, and brokers that moved. A new one knows nothing wrong.
 */
export class Renewable<Client> {
  private opened: Promise<Client> | null = null;
  private closed = false;

  constructor(
    private readonly open: () => Promise<Client>,
    private readonly end: (client: Client) => Promise<void>,
  ) {}

  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    if (this.closed) throw new Error('this connection to the bus is closed');
    const mine = (this.opened ??= this.open());
    try {
      return await work(await mine);
    } catch (error) {
      if (this.opened === mine) this.opened = null;
      void this.farewell(mine);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.opened) await this.farewell(this.opened);
    this.opened = null;
  }

  private async farewell(opened: Promise<Client>): Promise<void> {
    await within(
      GOODBYE_MS,
      opened.then((client) => this.end(client)),
    );
  }
}
