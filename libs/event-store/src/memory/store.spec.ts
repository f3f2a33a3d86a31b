import { eventStoreConformance } from '../testing/conformance.js';
import { createMemoryEventStore } from './store.js';

const store = createMemoryEventStore();
eventStoreConformance('the log in memory', () => store);

describe('the log in memory', () => {
  it('given SQL beside the log, then it says that it has none', async () => {
    const written = store.transact('sql', (tx) => tx.sql.query('SELECT 1'));
    await expect(written).rejects.toThrow(/no SQL/);
  });
});
