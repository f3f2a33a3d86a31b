// The containers that the campaign does harm to: docker-compose.yml with compose.yml beside this file.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { Client as ObjectStore } from 'minio';
import { databaseUrls } from '../../../tools/databases.mjs';
import { freePorts } from '../../../tools/free-ports.mjs';
import { ComposeProject, run } from '../../compose/project.ts';

export const services = ['gateway', 'catalog', 'membership', 'task-worker', 'audit'] as const;
export type Service = (typeof services)[number];
export type Server = 'postgres' | 'kafka' | 'minio';

export const LEASE_SECONDS = 4;
export const REAPER_SECONDS = 2;
export const BUCKET = 'cloud-images';
const READY_WITHIN_MS = 90_000;
const NODE_OPTIONS = '--enable-source-maps';
const OVERRIDE = 'test/faults/campaign/compose.yml';

interface Ports {
  readonly gateway: number;
  readonly postgres: number;
  readonly kafka: number;
  readonly minio: number;
}

export class FaultStack {
  readonly url: string;
  /** The topics were deleted while relays had put something on them. */
  topicsMadeAnew = false;
  private secrets: Record<string, string> = {};
  private readonly ports: Ports;
  readonly project: ComposeProject;
  private readonly directory: string;

  private constructor(project: ComposeProject, ports: Ports, directory: string) {
    this.project = project;
    this.ports = ports;
    this.directory = directory;
    this.url = project.url;
  }

  /** Not up yet. With `sabotage`, catalog and membership are the build that the module of this name makes of them. */
  static async prepare(sabotage?: string): Promise<FaultStack> {
    const [gateway = 0, postgres = 0, kafka = 0, minio = 0] = await freePorts(4);
    const directory = await mkdtemp(join(tmpdir(), 'cloud-images-faults-'));
    await chmod(directory, 0o755);
    const project = new ComposeProject(`cloud-images-faults-${process.pid}`, gateway, {
      files: ['docker-compose.yml', OVERRIDE],
      env: {
        FAULTS_DIR: directory,
        FAULTS_POSTGRES_PORT: String(postgres),
        FAULTS_KAFKA_PORT: String(kafka),
        FAULTS_MINIO_PORT: String(minio),
        FAULTS_LEASE_SECONDS: String(LEASE_SECONDS),
        FAULTS_REAPER_SECONDS: String(REAPER_SECONDS),
        FAULTS_NODE_OPTIONS: sabotage ? `${NODE_OPTIONS} --import /app/sabotage/${sabotage}.mjs` : NODE_OPTIONS,
      },
    });
    const stack = new FaultStack(project, { gateway, postgres, kafka, minio }, directory);
    for (const service of services) await stack.arm(service, 'none');
    return stack;
  }

  async up(): Promise<void> {
    await this.project.compose(['build'], 900);
    await this.project.up();
    const text = await this.project.compose(['run', '--rm', '--no-deps', '-T', 'init', 'cat', '/secrets/secrets.json']);
    this.secrets = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, string>;
  }

  /** Instances of each inner service. */
  async scale(instances: number): Promise<void> {
    await this.project.up('--scale', `catalog=${instances}`, '--scale', `membership=${instances}`);
  }

  async down(): Promise<void> {
    await this.project.tryCompose(['down', '--volumes', '--remove-orphans', '--timeout', '5'], 120);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Connection URL of a service's database, in the service's role. */
  database(name: 'catalog' | 'membership' | 'tasks' | 'audit' | 'gateway'): string {
    return databaseUrls({ port: this.ports.postgres }, this.secrets).service[name] as string;
  }

  get superuser(): string {
    return databaseUrls({ port: this.ports.postgres }, this.secrets).superuser;
  }

  /** The broker calls itself by its name in the inner network. */
  kafka(): Kafka {
    const { kafka: port } = this.ports;
    return new Kafka({
      clientId: 'faults',
      brokers: ['kafka:9092'],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 5_000,
      socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port }, onConnect),
    });
  }

  objects(): ObjectStore {
    const { s3_access_key: accessKey = '', s3_secret_key: secretKey = '' } = this.secrets;
    return new ObjectStore({ endPoint: '127.0.0.1', port: this.ports.minio, useSSL: false, accessKey, secretKey });
  }

  container(name: Service | Server, index = 1): string {
    return `${this.project.name}-${name}-${index}`;
  }

  /** What the service reads when it is started next: `none`, or a crash point and the pass that kills. */
  async arm(service: Service, setting: string): Promise<void> {
    await writeFile(join(this.directory, service), `${setting}\n`, { mode: 0o644 });
  }

  /** SIGKILL from outside; returns when the container is dead. */
  async kill(name: Service | Server, index = 1): Promise<void> {
    await this.docker('kill', '--signal', 'KILL', this.container(name, index));
    await this.docker('wait', this.container(name, index));
  }

  async stop(name: Service | Server): Promise<void> {
    await this.docker('stop', '--time', '20', this.container(name));
  }

  async start(name: Service | Server, index = 1): Promise<void> {
    await this.docker('start', this.container(name, index));
  }

  async pause(name: Service, index: number): Promise<void> {
    await this.docker('pause', this.container(name, index));
  }

  async resume(name: Service, index: number): Promise<void> {
    await this.docker('unpause', this.container(name, index));
  }

  /** True when the container ended by itself before the time was over. */
  async endsWithin(name: Service, ms: number): Promise<boolean> {
    try {
      return (await run('docker', ['wait', this.container(name)], process.env, ms / 1_000)).code === 0;
    } catch {
      return false;
    }
  }

  /** The moment, after `since`, at which the process said that its crash point kills it; null when it did not. */
  async lastWords(name: Service, since: number): Promise<number | null> {
    const log = await this.docker('logs', '--tail', '20', this.container(name));
    const line = log.split('\n').findLast((text) => text.includes('"event":"crash-point"'));
    const at = line === undefined ? 0 : Date.parse((JSON.parse(line) as { time: string }).time);
    return at < since ? null : at;
  }

  async address(name: Service, index: number): Promise<string[]> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    return (await this.docker('inspect', '--format', format, this.container(name, index))).trim().split(/\s+/);
  }

  /** Until the gateway says that everything it needs is there. */
  async waitReady(timeoutMs = READY_WITHIN_MS, signal?: AbortSignal): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (!(await this.isReady()) && !signal?.aborted) {
      if (Date.now() > until)
        throw new Error(`the service is not ready ${timeoutMs / 1000} s after the fault: ${this.lastAnswer}`);
      await sleep(50);
    }
  }

  /** What the gateway said last when it was asked whether it is ready. */
  lastAnswer = '';

  async isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(3_000) });
      this.lastAnswer = await answer.text();
      return answer.status === 200;
    } catch (error) {
      this.lastAnswer = `${String(error)} ${String((error as Error).cause ?? '')}`;
      return false;
    }
  }

  private async docker(...args: string[]): Promise<string> {
    const { code, output } = await run('docker', args, process.env, 60);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: code ${code}\n${output}`);
    return output;
  }
}
