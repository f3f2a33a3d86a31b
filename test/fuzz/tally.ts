/** Cases so far, by how they were answered; bounds the run. */
export class Tally {
  accepted = 0;
  refused = 0;
  readonly serverErrors: number[] = [];

  readonly name: string;
  readonly goal: number;

  constructor(name: string, goal: number) {
    this.name = name;
    this.goal = goal;
  }

  get cases(): number {
    return this.accepted + this.refused + this.serverErrors.length;
  }

  done(): boolean {
    return this.cases >= this.goal;
  }

  count(status: number): void {
    if (status >= 500) {
      this.serverErrors.push(status);
      throw new Error(`answered ${status}`);
    }
    if (status < 300) this.accepted += 1;
    else this.refused += 1;
  }

  get acceptedShare(): number {
    return this.accepted / Math.max(1, this.cases);
  }
}
