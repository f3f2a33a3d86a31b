// Object storage as a project sees it: accounts come by being used, containers hold objects, and each object's data lies
// in the blob store under a key of its own. `data` has a row for each key from before its first byte, so that a key found
// in the store is known: being written (`lease_until`), an object's (neither), unused (`remove_after`), gone (`removed`).
// `origin` is the task that made an object; null when somebody put it there.
export const cloudFilesTables = `
CREATE SCHEMA cloud_files;
CREATE TABLE cloud_files.accounts (
  project text COLLATE "C" PRIMARY KEY,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE cloud_files.containers (
  project text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  metadata jsonb NOT NULL DEFAULT '{}',
  objects bigint NOT NULL DEFAULT 0 CHECK (objects >= 0),
  bytes bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0),
  PRIMARY KEY (project, name)
);
CREATE TABLE cloud_files.data (
  attempt uuid PRIMARY KEY,
  key text COLLATE "C" NOT NULL UNIQUE,
  lease_until timestamptz,
  remove_after timestamptz,
  removed boolean NOT NULL DEFAULT false
);
CREATE INDEX data_written ON cloud_files.data (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX data_unused ON cloud_files.data (remove_after) WHERE remove_after IS NOT NULL;
CREATE TABLE cloud_files.objects (
  project text COLLATE "C" NOT NULL,
  container text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  attempt uuid NOT NULL UNIQUE REFERENCES cloud_files.data,
  size bigint NOT NULL,
  md5 text NOT NULL,
  content_type text NOT NULL,
  metadata jsonb NOT NULL,
  origin text,
  modified_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project, container, name),
  FOREIGN KEY (project, container) REFERENCES cloud_files.containers (project, name)
);
`;

/** Objects that are to be gone at some time. */
export const objectsExpire = `
ALTER TABLE cloud_files.objects ADD COLUMN delete_at timestamptz;
CREATE INDEX objects_expiring ON cloud_files.objects (delete_at) WHERE delete_at IS NOT NULL;
`;

/**
 * What an object is made of that has no data of its own, in its order: [{container, name, md5, size}, …]. Its size is that
 * of all; its container counts none of it, for the segments are counted where they are.
 */
export const objectsOfSegments = `
ALTER TABLE cloud_files.objects ADD COLUMN manifest jsonb;
`;

/**
 * What data hashes to, when it is known: an image of the same data needs it. Of the data and not of the object, so that an
 * instance of the landing before, which does not know of it, leaves none behind that is not true.
 */
export const dataKnowsItsHash = `
ALTER TABLE cloud_files.data ADD COLUMN sha512 text;
`;

/** Names tables of the schema one by one: the role may not change what it is not meant to. */
export const cloudFilesGrants = (role: string): string => `
GRANT USAGE ON SCHEMA cloud_files TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON cloud_files.accounts, cloud_files.containers, cloud_files.objects TO ${role};
GRANT SELECT, INSERT, UPDATE ON cloud_files.data TO ${role};
`;
