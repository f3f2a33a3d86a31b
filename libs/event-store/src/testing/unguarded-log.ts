import pg from 'pg';
import { eventLogMigration } from '../postgres/schema.js';

/** How the append could be without one of its rules; each takes the real function and gives it back broken. */
const breakages = {
  /** Appends although the stream's previous event has a higher transaction id. */
  'no look at transaction ids': (source: string) =>
    source.replace(/IF previous\.transaction_id > pg_current_xact_id\(\) THEN[\s\S]*?END IF;/, ''),
  /** A place that somebody else is just taking is left to him, without a word. */
  'ON CONFLICT round the append': (source: string) =>
    source.replace(/ORDER BY n\.nth;/, 'ORDER BY n.nth ON CONFLICT (stream, version) DO NOTHING;'),
} as const;

export type Breakage = keyof typeof breakages;

/** Replaces `append_events` of this database by one that lacks a guard: what a case must catch, it must first see. */
export async function takeGuardAway(ownerUrl: string, breakage: Breakage): Promise<void> {
  const [source] = /CREATE FUNCTION log\.append_events[\s\S]*?END \$\$;/.exec(eventLogMigration('nobody')) ?? [''];
  const broken = breakages[breakage](source);
  if (broken === source)
    throw new Error(`append_events has changed: "${breakage}" takes nothing away from it any more`);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(broken.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
    await client.query('ALTER FUNCTION log.append_events SECURITY DEFINER');
  } finally {
    await client.end();
  }
}
