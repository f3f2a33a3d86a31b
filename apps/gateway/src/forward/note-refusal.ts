import type { IncomingHttpHeaders } from 'node:http';
import { errorCatalogue, internalHeaders, type ErrorCode } from '@cloud-images/contracts';
import type { Exchange } from '../edge/exchange.js';

/** Keeps that a service denied a right: it says so in a header of ours that clients don't see. */
export function noteRefusal(exchange: Exchange, status: number, headers: IncomingHttpHeaders): void {
  if (status < 400) return;
  const code = headers[internalHeaders.refusal];
  if (typeof code === 'string' && Object.hasOwn(errorCatalogue, code))
    exchange.refusal = { code: code as ErrorCode, denies: true };
}
