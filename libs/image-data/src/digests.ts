import { createHash, type Hash } from 'node:crypto';

/** A digest that data shall have. */
export interface ExpectedDigest {
  readonly algorithm: 'sha-256' | 'sha-512' | 'md5';
  readonly value: Buffer;
}

/** The two digests of an image, made together in one pass, with what else is needed to compare it. */
export class Digests {
  readonly #md5 = createHash('md5');
  readonly #sha512 = createHash('sha512');
  readonly #sha256: Hash | null;
  readonly #made = new Map<ExpectedDigest['algorithm'], Buffer>();

  constructor(private readonly expected: readonly ExpectedDigest[] = []) {
    this.#sha256 = expected.some(({ algorithm }) => algorithm === 'sha-256') ? createHash('sha256') : null;
  }

  update(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#sha512.update(chunk);
    this.#sha256?.update(chunk);
  }

  finish(): { checksum: string; os_hash_algo: 'sha512'; os_hash_value: string } {
    const sha512 = this.#sha512.digest();
    const md5 = this.#md5.digest();
    this.#made.set('md5', md5);
    this.#made.set('sha-512', sha512);
    if (this.#sha256 !== null) this.#made.set('sha-256', this.#sha256.digest());
    return { checksum: md5.toString('hex'), os_hash_algo: 'sha512', os_hash_value: sha512.toString('hex') };
  }

  /** The algorithm by which the finished data is not what was expected; null when it is. */
  differing(): ExpectedDigest['algorithm'] | null {
    const wrong = this.expected.find(({ algorithm, value }) => this.#made.get(algorithm)?.equals(value) !== true);
    return wrong?.algorithm ?? null;
  }
}
