export interface CloudEntry {
  readonly cloud: string;
  readonly user: string;
  readonly project: string;
  readonly roles: readonly string[];
}

/** Path of the users file: `named`, or the data directory's own, made when missing. */
export function usersFile(dataDir: string, named?: string): string;
/** Writes clouds.yaml, one cloud for each user and project. */
export function writeClouds(
  dataDir: string,
  identityFile: string,
  url: string,
): Promise<{ path: string; people: CloudEntry[] }>;
