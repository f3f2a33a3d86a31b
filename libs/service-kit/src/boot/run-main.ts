import { shareLookups } from '../client/one-lookup-a-name.js';
import { ConfigError } from '../config/load-config.js';
import { logger } from '../logging/logger.js';

/** Runs an entry point; a failure is one clear line on stderr's behalf in the log, and exit code 1. */
export function runMain(name: string, main: () => Promise<unknown>): void {
  shareLookups();
  main().catch((error: unknown) => {
    const log = logger(name, 'info');
    if (error instanceof ConfigError) log.fatal({ problems: error.problems }, error.message);
    else
      log.fatal({ err: error }, `${name} could not start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
}
