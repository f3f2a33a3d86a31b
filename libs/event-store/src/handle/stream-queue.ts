/** Work that waits for the same stream: what piles up behind the one under way is taken together. */
export class StreamQueues<Item> {
  private readonly waiting = new Map<string, Item[]>();

  /**
   * `run` gets everything that waits for the stream, at most `most`, and must settle each item itself; it never throws.
   * Returns false when too many wait already.
   */
  constructor(
    private readonly run: (stream: string, items: Item[]) => Promise<void>,
    private readonly mostTogether: number,
    private readonly mostWaiting: number,
  ) {}

  push(stream: string, item: Item): boolean {
    const queue = this.waiting.get(stream);
    if (!queue) {
      this.waiting.set(stream, []);
      void this.drain(stream, [item]);
      return true;
    }
    if (queue.length >= this.mostWaiting) return false;
    queue.push(item);
    return true;
  }

  private async drain(stream: string, first: Item[]): Promise<void> {
    for (let items = first; items.length > 0;) {
      await this.run(stream, items);
      items = this.waiting.get(stream)?.splice(0, this.mostTogether) ?? [];
    }
    this.waiting.delete(stream);
  }
}
