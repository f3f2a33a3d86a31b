// The converter apart: has a scratch directory and a Unix socket in it, and neither network nor secrets.
import { logger, runMain } from '@cloud-images/service-kit';
import { readConverterConfig } from './config.js';
import { convertHere } from './conversion/convert-here.js';
import { serveConversions } from './conversion/converter-server.js';

const name = 'converter';

runMain(name, async () => {
  const config = readConverterConfig();
  const log = logger(name, config.logLevel);
  const convert = convertHere({
    program: config.qemuImg,
    maxBytes: config.conversionMaxBytes,
    memoryBytes: config.conversionMemoryBytes,
    seconds: config.conversionSeconds,
  });
  const server = await serveConversions({
    ...{ socketPath: config.converterSocket, scratchDir: config.scratchDir, convert, log },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void server.stop().finally(() => process.exit(0)));
  }
});
