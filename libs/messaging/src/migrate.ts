import { readMigrationSettings } from './config.js';
import { migrateEmbeddedBus } from './migrate-embedded-bus.js';
import { migrateKafkaBus } from './migrate-kafka-bus.js';

const settings = readMigrationSettings();
if (settings.busKind === 'kafka') await migrateKafkaBus(settings);
else await migrateEmbeddedBus(settings);
