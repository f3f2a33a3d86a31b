import { createHash } from 'node:crypto';

/** The two digests of an image, made together in one pass. */
export class Digests {
  readonly #md5 = createHash('md5');
  readonly #sha512 = createHash('sha512');

  update(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#sha512.update(chunk);
  }

  finish(): { checksum: string; os_hash_algo: 'sha512'; os_hash_value: string } {
    return { checksum: this.#md5.digest('hex'), os_hash_algo: 'sha512', os_hash_value: this.#sha512.digest('hex') };
  }
}
