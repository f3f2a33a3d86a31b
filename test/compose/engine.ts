// Is there a Docker engine with the images that docker-compose.yml names? Where they can't be pulled, a script that makes
// images of the same names may be told by CLOUD_IMAGES_STACK_SCRIPT.
import { run, tail, type ComposeProject } from './project.ts';

const say = (line: string) => console.log(`  ${line}`);

/** Undefined when everything is there, else in words why the check can't be run here. */
export async function whyNotHere(open: () => ComposeProject): Promise<string | undefined> {
  const script = process.env['CLOUD_IMAGES_STACK_SCRIPT'];
  if (!(await answers())) {
    if (!script) return 'no docker engine with the compose plugin answers on this machine';
    const problem = await makeImages(script);
    if (problem !== undefined) return problem;
    if (!(await answers())) return `no docker engine answers after ${script}`;
  }
  const missing = await missingImages(open());
  if (missing.length === 0) return undefined;
  if (await pull(missing)) return undefined;
  if (!script) {
    return `${missing.join(', ')} can't be pulled here; CLOUD_IMAGES_STACK_SCRIPT may name a script that makes images of these names`;
  }
  const problem = await makeImages(script);
  if (problem !== undefined) return problem;
  const left = await missingImages(open());
  return left.length === 0 ? undefined : `${script} made no ${left.join(', ')}`;
}

async function answers(): Promise<boolean> {
  try {
    const engine = await run('docker', ['version', '--format', '{{.Server.Version}}'], process.env, 20);
    const plugin = await run('docker', ['compose', 'version'], process.env, 20);
    return engine.code === 0 && plugin.code === 0;
  } catch {
    return false;
  }
}

async function missingImages(project: ComposeProject): Promise<string[]> {
  const named = (await project.compose(['config', '--images'])).trim().split('\n');
  const wanted = ['node:24-bookworm-slim', ...named.filter((image) => !image.startsWith('cloud-images/'))];
  const missing: string[] = [];
  for (const image of wanted) {
    if ((await run('docker', ['image', 'inspect', image], process.env, 20)).code !== 0) missing.push(image);
  }
  return missing;
}

async function pull(images: readonly string[]): Promise<boolean> {
  for (const image of images) {
    say(`pulling ${image}`);
    const pulled = await run('docker', ['pull', '--quiet', image], process.env, 300).catch(() => undefined);
    if (pulled?.code !== 0) return false;
  }
  return true;
}

/** Its last line is the `export DOCKER_HOST=…` to use, where it started an engine of its own. */
async function makeImages(script: string): Promise<string | undefined> {
  say(`making the images: ${script}`);
  const { code, output, stdout } = await run(script, [], process.env, 1_800);
  if (code !== 0) return `${script} ended with code ${code}\n${tail(output)}`;
  const host = /^export DOCKER_HOST=(.+)$/m.exec(stdout)?.[1];
  if (host) process.env['DOCKER_HOST'] = host;
  return undefined;
}
