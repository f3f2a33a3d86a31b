import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@cloud-images/service-kit';
import { TaskFailure } from '../task/runner.js';
import type { AskedConversion } from './convert-apart.js';
import type { ConvertFile } from './convert-here.js';
import { commandOf, formats, targets, type Target } from './file-work.js';
import { directoryPattern, rootOf } from './scratch.js';

export interface ConverterServerOptions {
  readonly socketPath: string;
  readonly scratchDir: string;
  readonly convert: ConvertFile;
  readonly log: Logger;
}

export interface ConverterServer {
  /** Ends what it does: whoever asked begins again. */
  stop(): Promise<void>;
}

const MOST_ASKED_BYTES = 4_096;
/** Workers run fewer; each conversion is a process with its memory. */
const MOST_AT_ONCE = 16;
const STOPS_WITHIN_MS = 5_000;

class BadQuestion extends Error {}

/** `POST /conversions`: 204 done, 422 it can't be converted (why, as text). `GET /readyz`: 200. */
export async function serveConversions(options: ConverterServerOptions): Promise<ConverterServer> {
  const { socketPath, log } = options;
  const stopping = new AbortController();
  let running = 0;
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/readyz') {
      response.writeHead(200).end();
    } else if (request.method !== 'POST' || request.url !== '/conversions') {
      response.writeHead(404).end();
    } else if (running >= MOST_AT_ONCE) {
      response.writeHead(503).end('too many conversions at once');
    } else {
      running += 1;
      void answer(options, stopping.signal, request, response).finally(() => (running -= 1));
    }
  });
  await rm(socketPath, { force: true });
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  log.info({ event: 'listening', socket: socketPath }, 'ready to convert');
  return {
    stop: async () => {
      stopping.abort(new Error('the converter stops'));
      server.close();
      await Promise.race([once(server, 'close'), sleep(STOPS_WITHIN_MS, undefined, { ref: false })]);
      server.closeAllConnections();
    },
  };
}

async function answer(
  { scratchDir, convert, log }: ConverterServerOptions,
  stopping: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const hungUp = new AbortController();
  response.on('close', () => hungUp.abort(new Error('nobody waits for the conversion')));
  const end = (status: number, said = '') => response.writeHead(status).end(said);
  try {
    const { directory, format, target, max_bytes: maxBytes } = await readQuestion(request);
    log.info({ event: 'conversion', directory, format, target }, 'a conversion begins');
    await convert({
      ...{ dir: join(rootOf(scratchDir), directory), format, target, maxBytes },
      signal: AbortSignal.any([stopping, hungUp.signal]),
    });
    end(204);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof TaskFailure) return void end(422, message);
    if (error instanceof BadQuestion) return void end(400, message);
    log.warn({ err: error }, 'a conversion was given up');
    end(503, message);
  }
}

/** Nothing of it reaches a command line but words of our own lists, and a name that can't leave the scratch directory. */
async function readQuestion(request: IncomingMessage): Promise<AskedConversion & { readonly target: Target }> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > MOST_ASKED_BYTES) throw new BadQuestion('too long');
  }
  const asked = parsed(text);
  if (!directoryPattern.test(String(asked?.directory))) throw new BadQuestion('directory: not one of a conversion');
  if (!isOneOf(formats, asked?.format)) throw new BadQuestion('format: not one that is read');
  if (!isOneOf(targets, asked?.target)) throw new BadQuestion('target: not one that is written');
  if (!Number.isSafeInteger(asked?.max_bytes) || asked!.max_bytes! < 0) throw new BadQuestion('max_bytes: no number');
  const question = asked as AskedConversion & { target: Target };
  if (commandOf({ ...question, maxBytes: question.max_bytes }, '', '') === null)
    throw new BadQuestion('nothing does this');
  return question;
}

const isOneOf = (words: readonly unknown[], word: unknown): boolean => words.includes(word);

function parsed(text: string): Partial<AskedConversion> | null {
  try {
    return JSON.parse(text) as Partial<AskedConversion> | null;
  } catch {
    throw new BadQuestion('not JSON');
  }
}

async function listen(server: Server, socketPath: string): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(socketPath);
  await listening;
}
