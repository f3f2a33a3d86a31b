// The service under test: a fresh stack on an empty directory, and who asks it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../tools/stack.mjs';
import { login, type ApiClient } from '../support/api-client.ts';
import { interruption, untilInterrupted } from './interrupt.ts';
import type { Shot } from './load.ts';

/** Database connections of the catalog and of the bare baseline alike. */
export const poolSize = 10;

export interface Subject {
  readonly url: string;
  readonly client: ApiClient;
  readonly projectId: string;
  readonly stack: Awaited<ReturnType<typeof startStack>>;
  /** Our own processes; with PostgreSQL's when asked. */
  pids(withPostgres?: boolean): number[];
  /** Headers of every request: the token, and no more than a client must send. */
  readonly headers: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * `elsewhere`: settings of another store than a directory, of another bus than the database. `kept`: a data directory that
 * stays for the next run; default one that is removed at the end.
 */
export async function startSubject(
  postgres: Record<string, string> = {},
  elsewhere: Readonly<Record<string, string>> = {},
  kept?: string,
): Promise<Subject> {
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'cloud-images-bench-')));
  const starting = startStack({
    dataDir,
    postgres,
    signal: interruption,
    env: {
      CLOUD_IMAGES_LOG_LEVEL: 'warn',
      CLOUD_IMAGES_DATABASE_POOL_SIZE: String(poolSize),
      // What a run uploads does not stay on the disk for a day.
      CLOUD_IMAGES_DELETE_DELAY_SECONDS: '0',
      CLOUD_IMAGES_PURGE_GRACE_SECONDS: '1',
      CLOUD_IMAGES_REAPER_INTERVAL_SECONDS: '2',
      // For the migration.
      ...elsewhere,
    },
    envOf: {
      gateway: elsewhere,
      catalog: elsewhere,
      membership: elsewhere,
      'task-worker': elsewhere,
      audit: elsewhere,
    },
  });
  const whole = untilInterrupted({
    stop: async () => {
      await (await starting.catch(() => undefined))?.stop();
      if (kept === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  });
  const stack = await starting.catch(async (error: unknown) => {
    await whole.stop();
    throw error;
  });
  const { client, projectId } = await login(stack.url, 'demo');
  return {
    url: stack.url,
    client,
    projectId,
    stack,
    headers: { 'x-auth-token': client.token },
    pids: (withPostgres = false) =>
      Object.entries(stack.pids).flatMap(([name, pid]) =>
        pid === undefined || (name === 'postgres' && !withPostgres) ? [] : [pid],
      ),
    stop: async () => {
      await client.close();
      await whole.stop();
    },
  };
}

/** An image as people describe one: about a kilobyte of document. */
export function imageBody(index: number): Record<string, unknown> {
  return {
    name: `image-${String(index).padStart(7, '0')}`,
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: 10,
    min_ram: 512,
    tags: ['base', `build-${index % 50}`, index % 2 === 0 ? 'even' : 'odd'],
    os_distro: ['debian', 'ubuntu', 'fedora', 'centos'][index % 4],
    os_version: `${index % 13}.${index % 4}`,
    architecture: 'x86_64',
    hw_disk_bus: 'scsi',
    hw_scsi_model: 'virtio-scsi',
    hw_vif_model: 'virtio',
    hw_qemu_guest_agent: 'yes',
    build_url: `https://builds.example.org/images/${index}/logs/console.txt`,
    description: 'A general purpose image with cloud-init, the guest agent and unattended upgrades. '.repeat(3),
  };
}

export function createShot(subject: Subject, index: number): Shot {
  const headers = { ...subject.headers, 'content-type': 'application/json' };
  return { method: 'POST', path: '/v2/images', headers, body: JSON.stringify(imageBody(index)) };
}
