/** One wrong line: `from`, which stands once in the file, becomes `to`. */
export interface Defect {
  /** What is wrong then, as a user would find it. */
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The test file that must find it, and what the title of a test that finds it holds. */
  readonly spec: string;
  readonly title: string;
}
