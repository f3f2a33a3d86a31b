// The converter apart: has a scratch directory and a Unix socket in it, and neither network nor secrets.
import { loadConfig, logger, logLevels, runMain, type LogLevel } from '@cloud-images/service-kit';
import { IsIn, IsNotEmpty, IsString } from 'class-validator';
import { withConversions } from './conversion/conversion-config.js';
import { convertHere } from './conversion/convert-here.js';
import { serveConversions } from './conversion/converter-server.js';

const name = 'converter';

class ConverterConfig extends withConversions(class {}) {
  @IsIn(logLevels)
  logLevel: LogLevel = 'info';

  /** Where it listens. */
  @IsString()
  @IsNotEmpty()
  converterSocket!: string;
}

runMain(name, async () => {
  const config = loadConfig(ConverterConfig, process.env);
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
