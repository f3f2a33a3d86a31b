/** SQLSTATEs of our own that the log raises. */
export const sqlState = {
  versionTaken: 'CI001',
  laterTransaction: 'CI002',
  timeGoesBack: 'CI003',
  appendOnly: 'CI004',
} as const;

/**
 * Everything about one service's log, in schema `log`: the events and who may append them, what came in from other
 * logs, how far the relay is. Run once by the owner; `serviceRole` may append and read, never change or remove.
 */
export function eventLogMigration(serviceRole: string): string {
  const first = [events, appendEvents, guards, requestContexts, inbox, relay, grants(serviceRole)];
  return [...first, eventLogUpgrade(serviceRole)].join('\n');
}

/** What was added to the log since; for one that was made before. Repeats without harm. */
export function eventLogUpgrade(serviceRole: string): string {
  return [home, appendAsOwner(serviceRole)].join('\n');
}

// Transaction ids mean something in one cluster only, and a database that was dropped and restored lost what it had told
// the bus. The identifiers of both come with no dump; copies of the whole directory, which fit, keep them.
const home = `
CREATE OR REPLACE FUNCTION log.home() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT system_identifier FROM pg_control_system()) || '/' ||
         (SELECT oid FROM pg_database WHERE datname = current_database())
$$;
ALTER TABLE log.identity ADD COLUMN IF NOT EXISTS home text NOT NULL DEFAULT log.home();
`;

// Nobody but the rules writes into the log: whoever could insert could give an event another transaction's place.
function appendAsOwner(serviceRole: string): string {
  const role = quoted(serviceRole);
  const append = 'log.append_events(text, integer, timestamptz, jsonb, text, bytea, jsonb)';
  return `
ALTER FUNCTION ${append} SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION ${append} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${append} TO ${role};
REVOKE INSERT ON log.events FROM ${role};
REVOKE INSERT ON log.request_contexts FROM ${role};
`;
}

const events = `
CREATE SCHEMA log;

-- Which log this is. A restored copy becomes another one (adopt-log).
CREATE TABLE log.identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  log_id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO log.identity DEFAULT VALUES;

CREATE TABLE log.events (
  position bigint GENERATED ALWAYS AS IDENTITY,
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  event_id uuid NOT NULL,
  type text NOT NULL,
  schema_version smallint NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- The order of reading.
  PRIMARY KEY (transaction_id, position),
  UNIQUE (stream, version)
);
`;

// Refusals, in this order: the version is taken; the stream's previous event was written by a later transaction (its
// reader would see this one after it: the writer must retry in a new transaction); time would go back.
// The same events again (same ids at the same places) are already recorded: nothing happens. The context of the request
// goes beside the log.
const appendEvents = `
CREATE FUNCTION log.append_events(in_stream text, in_expected integer, in_now timestamptz, in_events jsonb,
  in_request text DEFAULT NULL, in_salt bytea DEFAULT NULL, in_context jsonb DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  previous record;
  recorded integer;
BEGIN
  SELECT e.version, e.transaction_id, e.recorded_at INTO previous
    FROM log.events e WHERE e.stream = in_stream ORDER BY e.version DESC LIMIT 1;
  IF coalesce(previous.version, 0) <> in_expected THEN
    SELECT count(*) INTO recorded
      FROM jsonb_array_elements(in_events) WITH ORDINALITY AS n(event, nth)
      JOIN log.events e ON e.stream = in_stream AND e.version = in_expected + n.nth
       AND e.event_id = (n.event->>'event_id')::uuid;
    IF recorded > 0 AND recorded = jsonb_array_length(in_events) THEN
      RETURN;
    END IF;
    RAISE EXCEPTION 'stream % is at version %, not %', in_stream, coalesce(previous.version, 0), in_expected
      USING ERRCODE = 'CI001';
  END IF;
  IF previous.transaction_id > pg_current_xact_id() THEN
    RAISE EXCEPTION 'the previous event of % has a later transaction id', in_stream USING ERRCODE = 'CI002';
  END IF;
  IF previous.recorded_at > in_now THEN
    RAISE EXCEPTION 'the previous event of % has a later time', in_stream USING ERRCODE = 'CI003';
  END IF;
  INSERT INTO log.events (stream, version, event_id, type, schema_version, data, metadata, recorded_at)
  SELECT in_stream, in_expected + n.nth, (n.event->>'event_id')::uuid, n.event->>'type',
         (n.event->>'schema_version')::smallint, n.event->'data', n.event->'metadata', in_now
    FROM jsonb_array_elements(in_events) WITH ORDINALITY AS n(event, nth) ORDER BY n.nth;
  IF in_request IS NOT NULL THEN
    INSERT INTO log.request_contexts (request_id, salt, context) VALUES (in_request, in_salt, in_context)
    ON CONFLICT (request_id) DO NOTHING;
  END IF;
END $$;
`;

const guards = `
CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'CI004';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
`;

const requestContexts = `
-- Who a request came from, in words that name people: erasable. Events carry the salted digest.
CREATE TABLE log.request_contexts (
  request_id text PRIMARY KEY,
  salt bytea NOT NULL,
  context jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX request_contexts_by_time ON log.request_contexts USING brin (recorded_at);
`;

const inbox = `
-- Events of other services' logs: one row per stream for the place, and the events themselves, so that a rebuild is local.
CREATE TABLE log.inbox (
  stream text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL,
  event_id uuid NOT NULL
);
CREATE TABLE log.inbox_events (
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  event jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, version)
);
`;

const relay = `
CREATE TABLE log.relay (
  topic text PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0,
  transaction_id xid8 NOT NULL DEFAULT '0',
  position bigint NOT NULL DEFAULT 0,
  -- How many events of this log are on the topic: the dense number of the last one.
  number bigint NOT NULL DEFAULT 0,
  -- Partition → next offset after the last acknowledged send.
  ends jsonb NOT NULL DEFAULT '{}'
);
`;

function grants(serviceRole: string): string {
  const role = quoted(serviceRole);
  return `
GRANT USAGE ON SCHEMA log TO ${role};
GRANT SELECT ON log.identity TO ${role};
GRANT SELECT, INSERT ON log.events TO ${role};
GRANT SELECT, INSERT, DELETE ON log.request_contexts TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON log.inbox, log.inbox_events TO ${role};
GRANT SELECT, INSERT, UPDATE ON log.relay TO ${role};
`;
}

const quoted = (role: string): string => `"${role.replaceAll('"', '""')}"`;
