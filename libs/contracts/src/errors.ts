/**
 * The error catalogue: one row for each refusal that a caller can meet. `code` is stable and machine-readable; it is
 * thrown before any event and rendered once, at the edge of the service that refuses (service-kit's error filter).
 */
export const errorCatalogue = {
  'bad-request': { status: 400, title: 'Bad Request' },
  'invalid-json': { status: 400, title: 'Bad Request' },
  'invalid-body': { status: 400, title: 'Bad Request' },
  'body-not-allowed': { status: 400, title: 'Bad Request' },
  'schema-violation': { status: 400, title: 'Bad Request' },
  'invalid-filter': { status: 400, title: 'Bad Request' },
  'invalid-sort': { status: 400, title: 'Bad Request' },
  'invalid-limit': { status: 400, title: 'Bad Request' },
  'invalid-marker': { status: 400, title: 'Bad Request' },
  'invalid-patch': { status: 400, title: 'Bad Request' },
  'invalid-range': { status: 400, title: 'Bad Request' },
  'uri-refused': { status: 400, title: 'Bad Request' },
  'unsupported-location': { status: 400, title: 'Bad Request' },
  'formats-required': { status: 400, title: 'Bad Request' },
  'size-mismatch': { status: 400, title: 'Bad Request' },
  'digest-mismatch': { status: 400, title: 'Bad Request' },
  'upload-interrupted': { status: 400, title: 'Bad Request' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  'read-only-attribute': { status: 403, title: 'Forbidden' },
  'reserved-attribute': { status: 403, title: 'Forbidden' },
  'attribute-not-allowed': { status: 403, title: 'Forbidden' },
  'property-protected': { status: 403, title: 'Forbidden' },
  'image-protected': { status: 403, title: 'Forbidden' },
  'image-deactivated': { status: 403, title: 'Forbidden' },
  'wrong-status': { status: 403, title: 'Forbidden' },
  'not-shared': { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not Found' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'id-taken': { status: 409, title: 'Conflict' },
  'status-conflict': { status: 409, title: 'Conflict' },
  'attempt-superseded': { status: 409, title: 'Conflict' },
  'property-conflict': { status: 409, title: 'Conflict' },
  'member-exists': { status: 409, title: 'Conflict' },
  'container-not-empty': { status: 409, title: 'Conflict' },
  'segment-changed': { status: 409, title: 'Conflict' },
  gone: { status: 410, title: 'Gone' },
  'precondition-failed': { status: 412, title: 'Precondition Failed' },
  'limit-exceeded': { status: 413, title: 'Request Entity Too Large' },
  'quota-exceeded': { status: 413, title: 'Request Entity Too Large' },
  'body-too-large': { status: 413, title: 'Request Entity Too Large' },
  'image-too-large': { status: 413, title: 'Request Entity Too Large' },
  'object-too-large': { status: 413, title: 'Request Entity Too Large' },
  'uri-too-long': { status: 414, title: 'URI Too Long' },
  'idempotency-key-reused': { status: 422, title: 'Unprocessable Content' },
  'etag-mismatch': { status: 422, title: 'Unprocessable Content' },
  'unsupported-media-type': { status: 415, title: 'Unsupported Media Type' },
  'content-mismatch': { status: 415, title: 'Unsupported Media Type' },
  'content-dangerous': { status: 415, title: 'Unsupported Media Type' },
  'range-not-satisfiable': { status: 416, title: 'Range Not Satisfiable' },
  'too-many-requests': { status: 429, title: 'Too Many Requests' },
  'header-too-large': { status: 431, title: 'Request Header Fields Too Large' },
  'internal-error': { status: 500, title: 'Internal Server Error' },
  'not-offered': { status: 501, title: 'Not Implemented' },
  unavailable: { status: 503, title: 'Service Unavailable' },
  'storage-full': { status: 507, title: 'Insufficient Storage' },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** An expected answer of "no". `message` is shown to the caller as is: no secrets, no internals. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Extra response headers, e.g. `allow`, `accept-patch`, `retry-after`, `content-range`. */
    readonly headers: Readonly<Record<string, string>> = {},
    /** The caller has no right to it, whatever the code says: what must not be seen is not found. Told to auditors only. */
    readonly denies: boolean = code === 'forbidden' || code === 'property-protected' || code === 'image-deactivated',
  ) {
    super(message);
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

/** The body of every error answer (Glance's three keys, the request id, the stable code). */
export interface ErrorBody {
  readonly message: string;
  /** e.g. `404 Not Found` (a string, as Glance sends it). */
  readonly code: string;
  readonly title: string;
  readonly request_id: string;
  readonly error: ErrorCode;
}

export function errorBody(code: ErrorCode, message: string, requestId: string): ErrorBody {
  const { status, title } = errorCatalogue[code];
  return { message, code: `${status} ${title}`, title, request_id: requestId, error: code };
}
