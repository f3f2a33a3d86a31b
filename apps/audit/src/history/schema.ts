/**
 * What images and their members were, and from when until when: made of the ledger by the fold that the services use. All
 * of it follows from the ledger: emptied, with `place` at 0, it is made again.
 */
export function historyMigration(serviceRole: string): string {
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  return `
CREATE SCHEMA history;

-- Every event below this position is in.
CREATE TABLE history.place (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL DEFAULT 0
);
INSERT INTO history.place DEFAULT VALUES;

-- The folded state of each stream, to go on from.
CREATE TABLE history.states (
  stream text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL,
  state jsonb NOT NULL
);

-- One row per version: from its event until the next one. Of the last one the end is open.
CREATE TABLE history.images (
  image_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL DEFAULT 'infinity',
  -- When the image was created, as lists are ordered.
  created_at timestamptz NOT NULL,
  owner text COLLATE "C",
  visibility text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  os_hidden boolean NOT NULL,
  name text COLLATE "C",
  document text NOT NULL,
  unset text NOT NULL,
  PRIMARY KEY (image_id, version)
);
CREATE UNIQUE INDEX images_now ON history.images (image_id) WHERE valid_to = 'infinity';
CREATE INDEX images_by_creation ON history.images (created_at, image_id);
CREATE INDEX images_by_owner ON history.images (owner, created_at, image_id);
CREATE INDEX images_by_visibility ON history.images (visibility, created_at, image_id);

CREATE TABLE history.members (
  image_id text COLLATE "C" NOT NULL,
  member_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL DEFAULT 'infinity',
  status text COLLATE "C" NOT NULL,
  -- Of the first time that the project was added.
  created_at timestamptz NOT NULL,
  PRIMARY KEY (image_id, member_id, version)
);
CREATE INDEX members_by_project ON history.members (member_id, image_id);

GRANT USAGE ON SCHEMA history TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA history TO ${role};
`;
}
