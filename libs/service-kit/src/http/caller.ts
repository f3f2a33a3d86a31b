import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { internalHeaders, type EventMetadata, type Identity, type RequestContext } from '@cloud-images/contracts';

/** Who calls, on whose word, and as part of which request. */
export interface CallerContext {
  readonly identity: Identity;
  /** The signed text itself, to act as this caller at another service of ours. */
  readonly signed: string;
  readonly request_id: string;
  readonly correlation_id: string;
  /** Personal details, for `request_contexts` beside the log. */
  readonly context: RequestContext;
}

const requestIdShape = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const correlationShape = /^[\x21-\x7e]{1,255}$/;

export const newRequestId = (): string => `req-${randomUUID()}`;
export const isRequestId = (text: string): boolean => requestIdShape.test(text);
/** Fit to be kept as the client's own id of a request. */
export const isCorrelationId = (text: string): boolean => correlationShape.test(text);

/**
 * Reads the headers that travel with an identity. They are believed because whoever holds a valid identity got both from
 * the gateway; a service's own word carries ids only.
 */
export function callerOf(identity: Identity, signed: string, headers: IncomingHttpHeaders): CallerContext {
  const sentId = single(headers[internalHeaders.requestId]);
  const requestId = sentId !== undefined && isRequestId(sentId) ? sentId : newRequestId();
  const sentCorrelation = single(headers[internalHeaders.correlationId]);
  const correlationId = sentCorrelation !== undefined && isCorrelationId(sentCorrelation) ? sentCorrelation : requestId;
  return {
    identity,
    signed,
    request_id: requestId,
    correlation_id: correlationId,
    context: {
      request_id: requestId,
      correlation_id: correlationId,
      ...(identity.via === 'gateway' ? personalDetails(headers) : {}),
    },
  };
}

function personalDetails(headers: IncomingHttpHeaders): Partial<RequestContext> {
  const userName = single(headers[internalHeaders.userName]);
  const sourceAddress = single(headers[internalHeaders.sourceAddress]);
  const userAgent = single(headers[internalHeaders.userAgent]);
  return {
    ...(userName === undefined ? {} : { user_name: decoded(userName) }),
    ...(sourceAddress === undefined ? {} : { source_address: sourceAddress }),
    ...(userAgent === undefined ? {} : { user_agent: userAgent }),
  };
}

/** Names are percent-encoded on the way: a header can't carry every character. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** What events record of a caller; the event store adds the context's digest when it gets the context. */
export function metadataOf(caller: CallerContext): EventMetadata {
  const { user, project, roles, via } = caller.identity;
  return { actor: { user, project, roles, via }, request_id: caller.request_id, correlation_id: caller.correlation_id };
}

/** The headers with which a service acts as the caller at another service. */
export function headersAs(caller: CallerContext): Record<string, string> {
  const { context } = caller;
  return {
    [internalHeaders.identity]: caller.signed,
    [internalHeaders.requestId]: caller.request_id,
    [internalHeaders.correlationId]: caller.correlation_id,
    ...(context.user_name === undefined ? {} : { [internalHeaders.userName]: encodeURIComponent(context.user_name) }),
    ...(context.source_address === undefined ? {} : { [internalHeaders.sourceAddress]: context.source_address }),
    ...(context.user_agent === undefined ? {} : { [internalHeaders.userAgent]: context.user_agent }),
  };
}
