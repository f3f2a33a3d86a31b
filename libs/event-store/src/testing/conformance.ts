// What every adapter of the port promises; each runs this suite against its real store.
import { randomUUID } from 'node:crypto';
import type { EventStore } from '../port.js';
import { appendingCases } from './appending-cases.js';
import { readingCases } from './reading-cases.js';
import type { Subject } from './support.js';
import { timeCases } from './time-cases.js';
import { versionCases } from './version-cases.js';

/** `open` gives the same log each time, where the adapter can as another client of it. */
export function eventStoreConformance(name: string, open: () => EventStore | Promise<EventStore>): void {
  describe(`${name} keeps the promises of an event store`, () => {
    const subject = {} as { -readonly [field in keyof Subject]: Subject[field] };
    beforeAll(async () => {
      subject.store = await open();
      subject.other = await open();
    });
    beforeEach(() => {
      subject.stream = `test-${randomUUID()}`;
    });

    appendingCases(subject);
    versionCases(subject);
    timeCases(subject);
    readingCases(subject);
  });
}
