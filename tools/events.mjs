// npm run events -- image-<id>|task-<id> [--json]: what happened to an image of the running service, to its members too,
// or to a task: when, what, from → to, who, why.
// npm run events -- --follow [image-<id>] [--type T …] [--actor id] [--project id] [--request id] [--from n] [--json]: what
// happens from now on (or from a position of the ledger on) as it is sealed, until Ctrl-C. Both read only, and change nothing.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { asLogged, followLedger } from './follow-ledger.mjs';
import { describeEvent, imageHistory, taskHistory } from './image-history.mjs';
import { root } from './node24.mjs';
import { readRunRecord } from './run-record.mjs';

const usage = `usage: npm run events -- image-<id>|task-<id> [--json]
       npm run events -- --follow [image-<id>] [--type T …] [--actor id] [--project id] [--request id] [--from n] [--json]`;
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
  const asked = readArguments(process.argv.slice(2));
  const connect = connectTo(runningService());
  if (asked.follow) await follow(asked, connect);
  else await tell(asked, connect);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`npm run events: ${error.message}`);
  process.exitCode = error.exitCode;
}

async function tell({ kind, imageId: id, json }, connect) {
  const events = await (kind === 'task' ? taskHistory : imageHistory)(id, connect);
  if (events.length === 0) throw new Problem(`${kind}-${id} is not known here: the log has no event of it`);
  console.log(json ? JSON.stringify(events, null, 2) : events.map(describeEvent).join('\n'));
}

/** One event a line as JSON, or as text. A database that goes away ends it, with the position to go on from. */
async function follow({ imageId: image, json, from, ...filters }, connect) {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
  const client = await connect('audit');
  let seen = from;
  try {
    for await (const entries of followLedger(client, { image, ...filters }, { from, signal: stopping.signal })) {
      for (const entry of entries) console.log(json ? JSON.stringify(entry) : describeEvent(asLogged(entry)));
      seen = String(entries.at(-1).position + 1);
    }
  } catch (error) {
    const again = seen === undefined ? '' : `; go on with --from ${seen}`;
    throw new Problem(`the ledger can't be read any more (${error.code ?? error.message})${again}`);
  } finally {
    await client.end().catch(() => {});
  }
}

function readArguments(args) {
  const { values, positionals } = parse(args);
  const { follow: following, json, type: types, actor, project, request, from } = values;
  if (positionals.length > 1 || (!following && positionals.length === 0))
    throw new Problem(`name one image\n${usage}`, 2);
  const only = ['type', 'actor', 'project', 'request', 'from'].find((name) => values[name] !== undefined);
  if (!following && only) throw new Problem(`--${only} goes with --follow\n${usage}`, 2);
  if (from !== undefined && !/^\d{1,15}$/.test(from)) throw new Problem(`--from takes a position\n${usage}`, 2);
  const [name] = positionals;
  const [, prefix, imageId] = names.exec(name ?? '') ?? [];
  if (name !== undefined && !imageId)
    throw new Problem(`${JSON.stringify(name)} is no image: the id is a UUID\n${usage}`, 2);
  const kind = prefix === 'task-' ? 'task' : 'image';
  if (following && kind === 'task') throw new Problem(`--follow follows images\n${usage}`, 2);
  return { kind, imageId: imageId?.toLowerCase(), follow: following, json, types, actor, project, request, from };
}

function parse(args) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ follow: flag, json: flag, type: { ...text, multiple: true } },
        ...{ actor: text, project: text, request: text, from: text },
      },
    });
  } catch (error) {
    const [, option] = /'(-[^'\s]*)/.exec(error.message) ?? [];
    const what = error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? `there is no option ${option}` : error.message;
    throw new Problem(`${what}\n${usage}`, 2);
  }
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
