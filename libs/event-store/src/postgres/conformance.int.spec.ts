import { eventStoreConformance } from '../testing/conformance.js';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.js';
import { createPostgresEventStore, type PostgresEventStore } from './store.js';

let database: LogDatabase;
const stores: PostgresEventStore[] = [];

beforeAll(async () => {
  database = await createLogDatabase();
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

eventStoreConformance('the log on PostgreSQL', () => {
  const store = createPostgresEventStore({ connectionString: database.serviceUrl, applicationName: 'suite', max: 10 });
  stores.push(store);
  return store;
});
