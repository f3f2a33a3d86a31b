/** Says how far a run is: at most once per ten percent, and never the last, which its success says. */
export class Progress {
  private told = 0;
  private telling: Promise<unknown> = Promise.resolve();

  constructor(private readonly tell: (percent: number, bytes: number) => Promise<unknown>) {}

  reached(done: number, total: number): void {
    const percent = total > 0 ? Math.floor((10 * done) / total) * 10 : 0;
    if (percent <= this.told || percent >= 100) return;
    this.told = percent;
    // One after the other, or the later could be told first; that it could not be told is no reason to end the work.
    this.telling = this.telling.then(() => this.tell(percent, done)).catch(() => undefined);
  }

  /** When what was to be told is told. */
  async settled(): Promise<void> {
    await this.telling;
  }
}
