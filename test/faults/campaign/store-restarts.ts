import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown } from '../../support/api-client.ts';
import { progress, verdict, type Round, type Scenario } from './scenario.ts';

const UPLOADS = 16;
const BYTES = 64 * 1024 * 1024;
const TAIL = 64;
const UPLOAD_WITHIN_MS = 120_000;

const body = Buffer.alloc(BYTES - TAIL, 'cloud images ');
const digestOfBody = createHash('sha512').update(body);
/** Of rounds that were judged: their data may go. */
let judged: string[] = [];

export const storeRestarts: Scenario = {
  name: 'minio',
  what: 'restarts (SIGKILL) of MinIO under 16 uploads of 64 MiB',
  fullDose: 10,
  perRound: 2,
  load: { purgeShare: 0.6 },
  run: async (round) => {
    const { stack, load, random, tally } = round;
    for (const image of judged) await removeForGood(round, image);
    judged = [];
    const ends: Record<string, number> = {};
    const violations: string[] = [];
    let done = 0;
    for (; done < round.dose && Date.now() < round.deadline; done += 1) {
      await progress(load, 30);
      const images = await Promise.all(Array.from({ length: UPLOADS }, () => create(round)));
      const uploads = Promise.all(images.map((image) => upload(round, image)));
      await sleep(random.int(500, 3_500));
      await stack.kill('minio');
      await sleep(random.int(100, 1_500));
      await stack.start('minio');
      await uploads;
      await stack.waitReady();
      for (const image of images) {
        const status = await endOf(round, image);
        ends[status] = (ends[status] ?? 0) + 1;
        if (!['active', 'queued', 'killed'].includes(status)) violations.push(`${image} is ${status} after its upload`);
        tally.mark('minio', `upload ended ${status}`);
      }
      judged.push(...images);
    }
    console.log(`  uploads ended ${JSON.stringify(ends)}`);
    const said = verdict('an upload ends active, queued or killed', done * UPLOADS, violations);
    return { done, verdicts: [said] };
  },
};

async function create({ load, client }: Round): Promise<string> {
  const id = randomUUID();
  const operation = load.log.begin('create', id, `large-${id}`);
  const document = { id, name: `large-${id}`, disk_format: 'raw', container_format: 'bare' };
  const { status } = await client.call('POST', '/v2/images', { body: document });
  if (status !== 201) throw new Error(`an image for a large upload was not created: ${status}`);
  Object.assign(operation, { outcome: 'ok', status, ended: Date.now() });
  return id;
}

async function upload({ load, client, random }: Round, id: string): Promise<void> {
  const tail = random.bytes(TAIL);
  const operation = load.log.begin('upload', id, digestOfBody.copy().update(tail).digest('hex'));
  load.requests.change(1);
  try {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(BYTES) };
    const data = Readable.from([body, tail], { objectMode: false });
    const answer = await client.call('PUT', `/v2/images/${id}/file`, {
      headers,
      body: data,
      timeoutMs: UPLOAD_WITHIN_MS,
    });
    operation.status = answer.status;
    if (answer.status === 204) operation.outcome = 'ok';
    else if (answer.status < 500) operation.outcome = 'refused';
    else if (answer.status !== 503 || answer.headers['retry-after'] === undefined)
      load.log.unexplained.push(`upload ${id}: ${answer.status} ${answer.body.toString('utf8').slice(0, 200)}`);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
  } finally {
    operation.ended = Date.now();
    load.requests.change(-1);
  }
}

/** Its status once the attempt has ended: a lease of a few seconds and a round of the housekeeping at most. */
async function endOf({ client }: Round, id: string): Promise<string> {
  let status = '';
  for (const until = Date.now() + 40_000; Date.now() < until; await sleep(200)) {
    const { json } = await client.call('GET', `/v2/images/${id}`);
    status = String(json?.status);
    if (status !== 'saving' && status !== 'undefined') break;
  }
  return status;
}

async function removeForGood({ client }: Round, id: string): Promise<void> {
  await client.call('DELETE', `/v2/images/${id}`);
  await client.call('POST', `/v2/images/${id}/actions/purge`);
}
