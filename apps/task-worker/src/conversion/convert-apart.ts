import { request } from 'node:http';
import { basename } from 'node:path';
import { TaskFailure } from '../task/runner.js';
import type { ConvertFile } from './convert-here.js';

/** Beyond what the converter gives itself: it answers before that, or is gone. */
const SLACK_MS = 60_000;
const MOST_SAID = 8_192;

/** What is asked of the converter that runs apart: a directory of the volume that both have, by its name. */
export interface AskedConversion {
  readonly directory: string;
  readonly format: string;
  readonly target: string;
  /** Of the result. */
  readonly max_bytes: number;
}

/**
 * By the converter that listens on a Unix socket, which has the scratch directory and nothing else (converter-main.ts).
 * Hanging up ends the conversion. Throws `TaskFailure` when it says so; any other error is of the way there.
 */
export const convertApart =
  ({ socketPath, seconds }: { readonly socketPath: string; readonly seconds: number }): ConvertFile =>
  ({ dir, format, target, maxBytes, signal }) =>
    new Promise((resolve, reject) => {
      const asked: AskedConversion = { directory: basename(dir), format, target, max_bytes: maxBytes };
      const headers = { 'content-type': 'application/json' };
      const timeout = 2_000 * seconds + SLACK_MS;
      const call = request({ socketPath, path: '/conversions', method: 'POST', headers, signal, timeout }, (answer) => {
        let said = '';
        answer.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, MOST_SAID)));
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 204) resolve();
          else if (answer.statusCode === 422) reject(new TaskFailure(said));
          else reject(new Error(`the converter answered ${answer.statusCode}: ${said}`));
        });
      });
      call.on('timeout', () => call.destroy(new Error('the converter does not answer')));
      call.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
      call.end(JSON.stringify(asked));
    });
