import { errorBody, errorCatalogue, Refusal, type ErrorCode } from '@cloud-images/contracts';

/** Another service of ours, or what it stands on, can't be used for now. */
export class ServiceUnavailable extends Error {
  override readonly name = 'ServiceUnavailable';
}

const retryAfter = { 'retry-after': '1' } as const;
/** By name: the kit stands below the libraries that throw these. */
const outages: ReadonlySet<string> = new Set(['StoreUnavailable', 'BlobStoreUnavailable', 'ServiceUnavailable']);

const byFastifyCode: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than this service takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'The media type of the body is not supported here.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'The body does not have the length that was announced.'],
  FST_ERR_BAD_URL: ['bad-request', 'The path is not validly percent-encoded.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri-too-long', 'The path is too long.'],
};
const byStatus: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['bad-request', 'The request is malformed.'],
  401: ['unauthorized', 'The request you have made requires authentication.'],
  403: ['forbidden', 'This is not allowed.'],
  404: ['not-found', 'The resource could not be found.'],
  405: ['method-not-allowed', 'The method is not allowed for this resource.'],
  413: ['body-too-large', 'The body is larger than this service takes.'],
  415: ['unsupported-media-type', 'The media type of the body is not supported here.'],
};

/** What a caller is told of any error: an expected refusal as it is, an outage as 503, nothing at all of a fault. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Error)) return internalError();
  if (error.name === 'VersionConflict') {
    return new Refusal('conflict', 'The resource is being changed by others; try again.');
  }
  if (error.name === 'BlobStoreFull') return new Refusal('storage-full', 'There is no room for this data.');
  if (outages.has(error.name)) return unavailable();
  const { code, status, statusCode } = error as Error & { code?: string; status?: unknown; statusCode?: unknown };
  const known = byFastifyCode[code ?? ''] ?? byStatus[Number(statusCode ?? status)];
  return known === undefined ? internalError() : new Refusal(...known);
}

export const unavailable = (): Refusal =>
  new Refusal('unavailable', 'The service is temporarily unavailable; try again.', retryAfter);

const internalError = (): Refusal => new Refusal('internal-error', 'Something went wrong on our side.');

export interface RenderedRefusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** JSON, unless the caller asked for plain text and for nothing else that we have. */
export function renderRefusal(refusal: Refusal, requestId: string, accept: string | undefined): RenderedRefusal {
  const plain = accept !== undefined && /\btext\/plain\b/i.test(accept) && !/json|\*\/\*/i.test(accept);
  const body = errorBody(refusal.code, refusal.message, requestId);
  return {
    status: errorCatalogue[refusal.code].status,
    headers: {
      ...refusal.headers,
      'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json',
      'x-openstack-request-id': requestId,
    },
    body: plain ? `${body.code}\n\n${body.message}\n\n${body.error} ${body.request_id}\n` : JSON.stringify(body),
  };
}
