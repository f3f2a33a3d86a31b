// A Kafka as a process, where there are its jars and a Java but no containers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './run-program.mjs';

const clusterId = '5L6g3nShT-eMCtK--X86sw';
const STOPPED_WITHIN_MS = 30_000;

export async function whyNoProcess(jars) {
  try {
    if (!readdirSync(jars).some((name) => /^kafka_.*\.jar$/.test(name))) return `${jars} holds no Kafka`;
  } catch (error) {
    return `${jars} can't be read (${error.code})`;
  }
  const java = await runProgram('java', ['-version'], { timeout: 30_000 }).catch((error) => error);
  return java.code === 0 ? undefined : 'there is no java';
}

export class KafkaProcess {
  #jars;
  #dir = mkdtempSync(join(tmpdir(), 'cloud-images-kafka-'));
  #file = join(this.#dir, 'server.properties');
  #child;
  #formatted = false;

  constructor(jars, port, controllerPort, settings) {
    this.#jars = jars;
    const all = {
      ...settings,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      'log.dirs': join(this.#dir, 'logs'),
    };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    writeFileSync(this.#file, `${lines.join('\n')}\n`);
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  async start() {
    if (!this.#formatted) await this.#format();
    this.#child = spawn('java', this.#java('-Xms512m', '-Xmx512m', 'kafka.Kafka', this.#file), { stdio: 'ignore' });
    await once(this.#child, 'spawn');
  }

  async #format() {
    const args = this.#java('-Xmx128m', 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.#file);
    const { code, output } = await runProgram('java', args, { timeout: 60_000 });
    if (code !== 0) throw new Error(`the disk of Kafka could not be formatted\n${output}`);
    this.#formatted = true;
  }

  #java = (...args) => ['-XX:+UseSerialGC', '-cp', join(this.#jars, '*'), ...args];

  async stop() {
    await Promise.race([this.#end('SIGTERM'), sleep(STOPPED_WITHIN_MS, undefined, { ref: false })]);
    await this.kill();
  }

  kill = () => this.#end('SIGKILL');
  pause = async () => this.#child.kill('SIGSTOP');
  unpause = async () => this.#child.kill('SIGCONT');

  async remove() {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
