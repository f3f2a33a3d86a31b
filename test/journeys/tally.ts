/** Counts what was checked; a check that throws has failed and the journey goes on. */
export class Tally {
  passed = 0;
  failed = 0;

  async check(what: string, body: () => Promise<void> | void): Promise<boolean> {
    const started = performance.now();
    try {
      await body();
      this.passed += 1;
      console.log(`ok    ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${what}\n        ${(error as Error).message.replaceAll('\n', '\n        ')}`);
      return false;
    }
  }

  /** A check that was made elsewhere. */
  count(what: string, problem?: string): void {
    if (problem === undefined) this.passed += 1;
    else this.failed += 1;
    console.log(
      problem === undefined ? `ok    ${what}` : `FAIL  ${what}\n        ${problem.replaceAll('\n', '\n        ')}`,
    );
  }
}
