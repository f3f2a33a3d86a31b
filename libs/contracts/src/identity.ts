/**
 * What the gateway asserts of a caller, signed (Ed25519) and short-lived. `roles` are the user's own (after role
 * inference); `via` is the asserting service and never merged into them.
 */
export interface Identity {
  readonly user: string;
  readonly project: string | null;
  readonly roles: readonly string[];
  readonly via: string;
  /** Where the roles come from: multiproduct Rackspace names count only from `rackspace` (architecture 7). */
  readonly source: 'embedded' | 'keystone' | 'oidc' | 'rackspace' | 'service';
}

/** Personal details of a request: kept beside the log in `request_contexts`, erasable, never on the bus. */
export interface RequestContext {
  readonly request_id: string;
  readonly correlation_id: string;
  readonly user_name?: string;
  readonly source_address?: string;
  readonly user_agent?: string;
}

/** What the names of those headers begin with. */
export const internalPrefix = 'x-cloud-images-';

/** Headers between our services. The gateway strips them from what clients send and from what it answers. */
export const internalHeaders = {
  identity: 'x-cloud-images-identity',
  requestId: 'x-cloud-images-request-id',
  correlationId: 'x-cloud-images-correlation-id',
  userName: 'x-cloud-images-user-name',
  sourceAddress: 'x-cloud-images-source-address',
  userAgent: 'x-cloud-images-user-agent',
  /** W3C trace context of the span that calls. */
  traceparent: 'x-cloud-images-traceparent',
  /** JSON `BlobLocator`, only on byte routes, only from the catalog. */
  locator: 'x-cloud-images-locator',
  /** Of an answer that refuses because the caller has no right: the code, which the body has too. */
  refusal: 'x-cloud-images-refusal',
} as const;

/** Where an image's bytes are: what the gateway streams instead of the catalog's empty body. */
export interface BlobLocator {
  readonly image_id: string;
  /** null: the image has size 0 and no blob. */
  readonly key: string | null;
  readonly size: number;
  /** md5, hex */
  readonly checksum: string;
  readonly os_hash_algo: string;
  readonly os_hash_value: string;
}

/** Where an object of Cloud Files is. */
export interface FileLocator {
  /** null: in the parts, which the body of the answer lists: `{ parts: [{ key, size }, …] }`. */
  readonly key: string | null;
  /** bytes */
  readonly size: number;
  /** hex; also its ETag */
  readonly md5: string;
}
