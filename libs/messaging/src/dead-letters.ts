import { busOptions } from './bus-options.js';
import { readBusSettings } from './config.js';
import { createMessageBus } from './create-message-bus.js';
import { deadLettersCommand } from './dead-letters-command.js';

const bus = createMessageBus(busOptions(readBusSettings(), 'dead-letters'));
try {
  process.exitCode = await deadLettersCommand(bus, process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
} finally {
  await bus.close();
}
