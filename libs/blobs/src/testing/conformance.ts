// What every adapter of the port promises; each runs this suite against its real store.
import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../port.js';
import { copyingCases } from './copying-cases.js';
import { readingCases } from './reading-cases.js';
import type { Subject } from './support.js';
import { unfinishedCases } from './unfinished-cases.js';
import { writingCases } from './writing-cases.js';

/** `open` gives another client of the same store each time. */
export function blobStoreConformance(name: string, open: () => BlobStore | Promise<BlobStore>): void {
  describe(`${name} keeps the promises of a blob store`, () => {
    const subject = { open } as { -readonly [field in keyof Subject]: Subject[field] };
    beforeEach(async () => {
      subject.store = await open();
      subject.root = `t-${randomUUID()}`;
    });

    writingCases(subject);
    copyingCases(subject);
    unfinishedCases(subject);
    readingCases(subject);
  });
}
