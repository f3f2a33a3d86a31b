import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programsOf } from '../support/python-environment.ts';

/** What openapi-spec-validator, which has the schema of the OpenAPI Initiative, says of the served document; null: nothing. */
export async function complaintOf(url: string, directory: string): Promise<string | null> {
  const answer = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
  const document = join(directory, 'openapi.json');
  await writeFile(document, await answer.text());
  const validator = join(programsOf('schemathesis'), 'openapi-spec-validator');
  return promisify(execFile)(validator, ['--schema', '3.1', document], { timeout: 60_000 }).then(
    () => null,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => `not OpenAPI 3.1:\n${stdout}${stderr}`.slice(0, 4_000),
  );
}
