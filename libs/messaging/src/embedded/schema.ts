/**
 * The embedded bus in PostgreSQL, schema `bus`. Offsets are drawn under the partition row's lock, which the publishing
 * transaction holds until it commits: what a reader sees of a partition is always a prefix without gaps.
 */
export function embeddedBusSchema(role: string): string {
  const grantee = `"${role.replaceAll('"', '""')}"`;
  return `
CREATE SCHEMA IF NOT EXISTS bus;
CREATE TABLE IF NOT EXISTS bus.partitions (
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
-- Another one when the topic was removed and made anew.
ALTER TABLE bus.partitions ADD COLUMN IF NOT EXISTS made uuid NOT NULL DEFAULT gen_random_uuid();
CREATE TABLE IF NOT EXISTS bus.messages (
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  headers jsonb NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, partition, "offset")
);
CREATE TABLE IF NOT EXISTS bus.members (
  group_name text NOT NULL,
  member_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (group_name, member_id)
);
CREATE TABLE IF NOT EXISTS bus.offsets (
  group_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 50);
-- Of which making of the partition the offset is.
ALTER TABLE bus.offsets ADD COLUMN IF NOT EXISTS made uuid;
CREATE TABLE IF NOT EXISTS bus.parked_keys (
  group_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  key text NOT NULL,
  replay boolean NOT NULL DEFAULT false,
  PRIMARY KEY (group_name, topic, partition, key)
);
CREATE TABLE IF NOT EXISTS bus.dead_letters (
  group_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  headers jsonb NOT NULL,
  attempt integer NOT NULL,
  cause text NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (group_name, topic, partition, "offset")
);
GRANT USAGE ON SCHEMA bus TO ${grantee};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ${grantee};
`;
}
