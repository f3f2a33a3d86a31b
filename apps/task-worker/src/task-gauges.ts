import type { SqlExecutor } from '@cloud-images/event-store';
import type { GaugeSource } from '@cloud-images/service-kit';

/** How many tasks wait and are worked on, in all workers together. */
export const taskGauges = (sql: SqlExecutor): GaugeSource => ({
  name: 'tasks',
  gauges: {
    cloud_images_tasks_pending: 'Tasks that wait for a worker.',
    cloud_images_tasks_processing: 'Tasks that are worked on.',
    cloud_images_tasks_oldest_pending_seconds: 'How long the oldest task has waited for a worker.',
  },
  read: async () => {
    const { rows } = await sql.query<{ pending: string; processing: string; oldest: string }>(
      `SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
         count(*) FILTER (WHERE status = 'processing') AS processing,
         coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE status = 'pending')), 0) AS oldest
       FROM read_model.tasks WHERE expires_at IS NULL`,
    );
    return {
      cloud_images_tasks_pending: Number(rows[0]?.pending),
      cloud_images_tasks_processing: Number(rows[0]?.processing),
      cloud_images_tasks_oldest_pending_seconds: Number(rows[0]?.oldest),
    };
  },
});
