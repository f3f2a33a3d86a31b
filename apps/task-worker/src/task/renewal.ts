import { Refusal } from '@cloud-images/contracts';

/** Renews an upload's lease while it runs; `signal` is aborted when the run's is, or when the catalog says that it has ended. */
export class Renewal {
  private readonly ended = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(leaseSeconds: number, run: AbortSignal, renew: () => Promise<void>) {
    this.signal = AbortSignal.any([run, this.ended.signal]);
    const ask = () =>
      renew().catch((error: unknown) => {
        // An outage is not the end: should the lease run out meanwhile, then the next answer says so.
        if (error instanceof Refusal) this.ended.abort(error);
      });
    this.timer = setInterval(() => void ask(), (leaseSeconds * 1_000) / 3);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
