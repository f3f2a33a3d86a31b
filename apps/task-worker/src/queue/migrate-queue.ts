import { PgBoss } from 'pg-boss';
import { choresQueue, queueSchema, tasksQueue } from './names.js';

export interface QueueMigration {
  readonly ownerUrl: string;
  readonly serviceRole: string;
}

/** How the jobs of tasks are kept: our lease decides who works on one, so pg-boss itself gives none up for a long time. */
const tasks = {
  policy: undefined,
  retryLimit: 1_000_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 86_400,
  retentionSeconds: 365 * 86_400,
  deleteAfterSeconds: 3_600,
  notify: true,
};

/**
 * One of each chore waits at most, however long nobody takes it. Whether somebody is at it already is its owner's to know: a
 * worker that died over one must not hold it up.
 */
const chores = {
  policy: 'short',
  ...{ retryLimit: 4, retryDelay: 2, retryBackoff: true, retryDelayMax: 60 },
  ...{ expireInSeconds: 3_600, retentionSeconds: 3_600, deleteAfterSeconds: 3_600 },
} as const;

/** Brings the queue's own tables up to date, as their owner. The library knows which of them are older than it is. */
export async function migrateQueue({ ownerUrl, serviceRole }: QueueMigration): Promise<void> {
  const boss = new PgBoss({
    ...{ connectionString: ownerUrl, application_name: 'migrate', max: 2, schema: queueSchema },
    ...{ supervise: false, schedule: false, reindex: false, monitorVacuum: false },
  });
  let failure: unknown;
  boss.on('error', (error) => (failure ??= error));
  try {
    await boss.start();
    const before = await boss.getQueue(choresQueue);
    // A policy stays; nothing is lost with the queue that the next time does not bring again.
    if (before !== null && before.policy !== chores.policy) await boss.deleteQueue(choresQueue);
    for (const [name, { policy, ...options }] of Object.entries({ [tasksQueue]: tasks, [choresQueue]: chores })) {
      await boss.createQueue(name, { ...options, ...(policy === undefined ? {} : { policy }) });
      await boss.updateQueue(name, options);
    }
    const role = `"${serviceRole.replaceAll('"', '""')}"`;
    const db = boss.getDb();
    await db.executeSql(`GRANT USAGE ON SCHEMA ${queueSchema} TO ${role}`);
    await db.executeSql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${queueSchema} TO ${role}`);
    await db.executeSql(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${queueSchema} TO ${role}`);
  } finally {
    await boss.stop({ graceful: false });
  }
  if (failure) throw failure as Error;
}
