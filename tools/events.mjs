// npm run events -- image-<id> [--json]: what happened to an image of the running service, to its members too, or to a
// task (task-<id>): when, what, from → to, who, why. Reads the logs only, and changes nothing.
import { resolve } from 'node:path';
import pg from 'pg';
import { describeEvent, imageHistory, taskHistory } from './image-history.mjs';
import { root } from './node24.mjs';
import { readRunRecord } from './run-record.mjs';

const usage = 'usage: npm run events -- image-<id>|task-<id> [--json]';
const names = /^(image-|membership-|task-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Something that the person at the terminal can put right. */
class Problem extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const { kind, id, json } = readArguments(process.argv.slice(2));
  const events = await (kind === 'task' ? taskHistory : imageHistory)(id, connectTo(runningService()));
  if (events.length === 0) throw new Problem(`${kind}-${id} is not known here: the log has no event of it`);
  console.log(json ? JSON.stringify(events, null, 2) : events.map(describeEvent).join('\n'));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`npm run events: ${error.message}`);
  process.exitCode = error.exitCode;
}

function readArguments(args) {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const [name, ...more] = args.filter((arg) => !arg.startsWith('-'));
  const unknown = flags.find((flag) => flag !== '--json');
  if (unknown) throw new Problem(`there is no option ${unknown}\n${usage}`, 2);
  if (!name || more.length > 0) throw new Problem(`name one image\n${usage}`, 2);
  const [, prefix, id] = names.exec(name) ?? [];
  if (!id) throw new Problem(`${JSON.stringify(name)} is no image: the id is a UUID\n${usage}`, 2);
  return { kind: prefix === 'task-' ? 'task' : 'image', id: id.toLowerCase(), json: flags.length > 0 };
}

function runningService() {
  const dataDir = resolve(root, process.env.CLOUD_IMAGES_DATA || 'data');
  const record = readRunRecord(dataDir);
  if (!record)
    throw new Problem(`nothing runs on ${dataDir}; start it with npm start, or name it by CLOUD_IMAGES_DATA`);
  return { dataDir, databases: record.databases };
}

/** As the services' own roles, which may read their log, and in read-only transactions. */
function connectTo({ dataDir, databases }) {
  return async (service) => {
    const client = new pg.Client({
      connectionString: databases[service],
      application_name: 'events',
      connectionTimeoutMillis: 5_000,
      statement_timeout: 30_000,
      options: '-c default_transaction_read_only=on',
    });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      throw new Problem(
        `the database of ${dataDir} does not answer (${error.code ?? error.message}); does npm start still run?`,
      );
    }
    return client;
  };
}
