import { setTimeout as sleep } from 'node:timers/promises';

/** A reader of the live feed that notes how long after its recording each event came. */
export class FeedFollower {
  readonly delaysMs: number[] = [];
  private readonly ending = new AbortController();
  private readonly url: string;
  private readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  /** Resolves when the feed is open: what happens from then on comes. */
  async open(): Promise<void> {
    const headers = { 'x-auth-token': this.token };
    const { status, body } = await fetch(`${this.url}/v1/feed`, { headers, signal: this.ending.signal });
    if (status !== 200 || body === null) throw new Error(`the feed answered ${status}`);
    this.read(body).catch(() => undefined);
  }

  /** Resolves when so many have come; throws when they don't within ten seconds. */
  async reaches(count: number): Promise<void> {
    for (const end = Date.now() + 10_000; this.delaysMs.length < count; await sleep(20)) {
      if (Date.now() > end) throw new Error(`${this.delaysMs.length} of ${count} events came`);
    }
  }

  close(): void {
    this.ending.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      const now = Date.now();
      for (const block of blocks) {
        // The last `time` is the event's own: members are sorted, and behind it come `type` and `version` only.
        const time = /^data: .*"time":"([^"]+)"/m.exec(block)?.[1];
        if (time !== undefined) this.delaysMs.push(now - Date.parse(time));
      }
    }
  }
}
