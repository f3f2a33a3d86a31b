/** How far each erasure of a person is, in schema `erasure`: ids only. What was asked and done is in the log. */
export function erasuresMigration(serviceRole: string): string {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return `
CREATE SCHEMA erasure;

CREATE TABLE erasure.people (
  erasure_id uuid PRIMARY KEY,
  user_id text NOT NULL,
  -- The event that asked for it: its stream, its id, its request.
  stream text NOT NULL,
  event_id uuid NOT NULL,
  request_id text NOT NULL,
  correlation_id text NOT NULL,
  requested_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX people_unfinished ON erasure.people (requested_at) WHERE finished_at IS NULL;

-- One for each service that has to forget.
CREATE TABLE erasure.steps (
  erasure_id uuid NOT NULL REFERENCES erasure.people,
  service text NOT NULL,
  -- Where in its log to go on.
  after text,
  contexts integer NOT NULL DEFAULT 0,
  done_at timestamptz,
  PRIMARY KEY (erasure_id, service)
);

GRANT USAGE ON SCHEMA erasure TO ${role};
GRANT SELECT, INSERT, UPDATE ON erasure.people, erasure.steps TO ${role};
`;
}
