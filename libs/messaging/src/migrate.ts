import { config } from './config.js';
import { migrateEmbeddedBus } from './migrate-embedded-bus.js';

await migrateEmbeddedBus(config());
