import type pg from 'pg';

/** What an acknowledged write stands on: with any of these off, a crash of the server may lose or tear it. */
const demanded: Readonly<Record<string, { readonly forbidden: string; readonly wanted: string }>> = {
  fsync: { forbidden: 'off', wanted: 'on' },
  full_page_writes: { forbidden: 'off', wanted: 'on' },
  synchronous_commit: { forbidden: 'off', wanted: 'on, or at least local' },
};

/** Throws, naming every setting at once, unless this server keeps what it acknowledged to us over a crash. */
export async function assertDurable(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
    [Object.keys(demanded)],
  );
  const problems = rows.flatMap(({ name, setting }) => {
    const { forbidden, wanted } = demanded[name] as { forbidden: string; wanted: string };
    return setting === forbidden ? [`${name} is ${setting}, it must be ${wanted}`] : [];
  });
  if (problems.length === 0) return;
  throw new Error(`the database would lose acknowledged writes in a crash: ${problems.join('; ')}`);
}
