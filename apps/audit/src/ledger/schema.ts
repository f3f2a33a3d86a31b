/**
 * The ledger, in schema `ledger`: every event of every service once, numbered and hashed. The service's role may add and
 * read. What is only needed to take events in is in schema `intake`; all of it follows from the ledger and the logs.
 */
export function ledgerMigration(serviceRole: string): string {
  return [ledger, guards, intake, grants(serviceRole)].join('\n');
}

const ledger = `
CREATE SCHEMA ledger;

-- Which ledger this is: every checkpoint names it.
CREATE TABLE ledger.identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  ledger_id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO ledger.identity DEFAULT VALUES;

CREATE TABLE ledger.events (
  -- 0, 1, 2 …: the leaf's number, and the place in the feed.
  position bigint PRIMARY KEY,
  leaf_hash bytea NOT NULL,
  -- What was hashed. The columns behind it say parts of it again, to find it by.
  entry text NOT NULL,
  event_id uuid NOT NULL UNIQUE,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  kind text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  image_id text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  project text COLLATE "C",
  request_id text COLLATE "C" NOT NULL,
  -- Projects that it concerns, as far as was known then; the table of readers below has those that showed later too.
  readers text[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (stream, version)
);
CREATE INDEX events_by_image ON ledger.events (image_id, position);
CREATE INDEX events_by_kind ON ledger.events (kind, position);
CREATE INDEX events_by_type ON ledger.events (type, position);
CREATE INDEX events_by_actor ON ledger.events (actor, position);
CREATE INDEX events_by_project ON ledger.events (project, position);
CREATE INDEX events_by_request ON ledger.events (request_id, position);

-- Which projects an event concerns: the image's owner at that time, and a member that it names.
CREATE TABLE ledger.readers (
  project text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (project, position)
);

-- Perfect subtrees of 256, 65,536 … leaves; those between are made up from them. With the times of the events below
-- one of 256, so that a time leads to positions.
CREATE TABLE ledger.subtrees (
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  earliest timestamptz,
  latest timestamptz,
  PRIMARY KEY (level, index)
);

CREATE TABLE ledger.checkpoints (
  size bigint PRIMARY KEY,
  checkpoint text NOT NULL,
  digest text NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE ledger.keys (
  nth integer GENERATED ALWAYS AS IDENTITY,
  key_id text PRIMARY KEY,
  key text NOT NULL
);
`;

const guards = `
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'CI004';
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['identity', 'events', 'readers', 'subtrees', 'checkpoints', 'keys'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I
      FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
  END LOOP;
END $$;
`;

const intake = `
CREATE SCHEMA intake;

-- Up to which number of each log everything is here, and where in that log this is.
CREATE TABLE intake.logs (
  log_id uuid PRIMARY KEY,
  complete_to bigint NOT NULL DEFAULT 0,
  transaction_id text NOT NULL DEFAULT '0',
  position text NOT NULL DEFAULT '0'
);
-- Numbers that are here while one below them is not.
CREATE TABLE intake.ahead (
  log_id uuid NOT NULL,
  number bigint NOT NULL,
  transaction_id text NOT NULL,
  position text NOT NULL,
  PRIMARY KEY (log_id, number)
);
-- Whose an image is, as far as the ledger goes.
CREATE TABLE intake.owners (
  image_id text COLLATE "C" PRIMARY KEY,
  project text
);
-- Another event at a place that is sealed already: what the ledger has stays, this is kept beside it.
CREATE TABLE intake.divergences (
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  event_id uuid NOT NULL,
  log_id uuid NOT NULL,
  number bigint NOT NULL,
  event jsonb NOT NULL,
  noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, version, event_id)
);
-- Up to which size the checkpoints are where they must not be changed: on the bus, in the object store.
CREATE TABLE intake.deposits (
  place text PRIMARY KEY,
  size bigint NOT NULL
);
`;

function grants(serviceRole: string): string {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return `
GRANT USAGE ON SCHEMA ledger, intake TO ${role};
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA ledger TO ${role};
REVOKE INSERT ON ledger.identity FROM ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA intake TO ${role};
`;
}
