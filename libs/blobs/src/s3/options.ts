export const s3Encryptions = ['none', 'sse-s3'] as const;
export type S3Encryption = (typeof s3Encryptions)[number];

export interface S3BlobStoreOptions {
  /** `http://` or `https://`, host and port, no path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** The bucket in the path; else as the first label of the host, unless a certificate's wildcard could not cover that. */
  readonly pathStyle: boolean;
  /** Certificates (PEM) of who may vouch for the endpoint, instead of the system's. */
  readonly ca?: string | undefined;
  /** `sse-s3`: every blob is encrypted by the store, with keys that the store keeps. */
  readonly encryption: S3Encryption;
  /** How long one call may take, beside the time that its bytes need. */
  readonly timeoutMs?: number | undefined;
}
