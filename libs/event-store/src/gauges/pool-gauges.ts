import type pg from 'pg';

/** How much of a pool is in use; a source of gauges as service-kit's `Metrics` takes it. */
export function poolGauges(pool: pg.Pool) {
  return {
    name: 'postgres_pool',
    gauges: {
      cloud_images_postgres_pool_connections: 'Connections that are open.',
      cloud_images_postgres_pool_idle_connections: 'Connections that are open and not in use.',
      cloud_images_postgres_pool_waiting: 'Requests that wait for a connection.',
      cloud_images_postgres_pool_max_connections: 'Connections at most.',
    },
    read: () => ({
      cloud_images_postgres_pool_connections: pool.totalCount,
      cloud_images_postgres_pool_idle_connections: pool.idleCount,
      cloud_images_postgres_pool_waiting: pool.waitingCount,
      cloud_images_postgres_pool_max_connections: pool.options.max,
    }),
  };
}
