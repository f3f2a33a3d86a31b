import { setTimeout as sleep } from 'node:timers/promises';

/** Follows the feed from its first event on, as a browser would: when it ends, it comes again with the last id. */
export class FeedReader {
  /** Positions in the order of their arrival. */
  readonly seen: number[] = [];
  connections = 0;
  private readonly stopping = new AbortController();
  private readonly url: string;
  private readonly token: string;
  private readonly dropMs: () => number;
  private running: Promise<void> | undefined;

  /** `dropMs`: how long it stays before it hangs up by itself. */
  constructor(url: string, token: string, dropMs: () => number) {
    this.url = url;
    this.token = token;
    this.dropMs = dropMs;
  }

  start(): void {
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    let last = '-1';
    while (!this.stopping.signal.aborted) {
      const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(this.dropMs())]);
      try {
        const headers = { 'x-auth-token': this.token, 'last-event-id': last };
        const { status, body } = await fetch(`${this.url}/v1/feed`, { headers, signal });
        if (status !== 200 || body === null) throw new Error(`the feed answered ${status}`);
        this.connections += 1;
        let text = '';
        const decoder = new TextDecoder();
        for await (const chunk of body) {
          const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) last = this.take(block) ?? last;
        }
      } catch {
        await sleep(100);
      }
    }
  }

  /** The id that a block names, if it names one. */
  private take(block: string): string | undefined {
    const id = /^id: (-?\d+)$/m.exec(block)?.[1];
    if (id !== undefined && /^data: /m.test(block)) this.seen.push(Number(id));
    return id;
  }
}
