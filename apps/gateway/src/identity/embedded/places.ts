import type { Project } from './users-file.js';

/** Where the service catalog says that services are. */
export interface Places {
  readonly publicUrl: string;
  /** Object storage, up to its version. */
  readonly filesUrl: string;
}

/** `swiftPublicUrl`: a Swift in place of Cloud Files of our own. */
export const placesOf = ({ publicUrl, swiftPublicUrl }: { publicUrl: string; swiftPublicUrl?: string }): Places => ({
  publicUrl,
  filesUrl: swiftPublicUrl ?? `${publicUrl}/v1`,
});

export const accountUrl = (filesUrl: string, { id }: Pick<Project, 'id'>): string =>
  `${filesUrl}/AUTH_${encodeURIComponent(id)}`;
