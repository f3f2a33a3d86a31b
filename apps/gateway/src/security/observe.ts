import type { Actor } from '@cloud-images/contracts';
import type { Exchange } from '../edge/exchange.js';
import { NotProven } from '../identity/not-proven.js';
import type { Observation } from './observation.js';
import type { SecurityLog } from './security-log.js';

/** What was sent of an image to one client. */
export interface Sent {
  readonly image: string;
  /** bytes of the image */
  readonly size: number;
  /** Null: all of it was asked for. */
  readonly range: { readonly start: number; readonly end: number } | null;
  readonly bytes: number;
  readonly finished: boolean;
}

type Observer = Pick<SecurityLog, 'observe'>;

/** Tells the security log, when a request is over, with what it was refused, where that says something about rights. */
export function observeRefusal(exchange: Exchange, security: Observer): void {
  exchange.res.once('close', () => {
    if (exchange.refusal === null) return;
    const observation = refused(exchange);
    if (observation !== null) security.observe(observation, exchange.begunAt);
  });
}

export function observeSending(exchange: Exchange, sent: Sent, security: Observer): void {
  const { image, size, range, bytes, finished } = sent;
  const data = { image_id: image.toLowerCase(), size, bytes, range, unfinished: finished ? 0 : 1 };
  const { context, begunAt } = exchange;
  security.observe({ type: 'ImageDataSent', data, actor: actorOf(exchange), context }, begunAt);
}

function refused(exchange: Exchange): Observation | null {
  const { refusal, req, route, imageId, context } = exchange;
  const actor = actorOf(exchange);
  const operation = `${req.method} ${route}`;
  if (refusal instanceof NotProven) {
    if (refusal.attempt === null) return null;
    const { reason, userId } = refusal.attempt;
    return { type: 'AuthenticationFailed', data: { reason, user_id: userId }, actor: null, context };
  }
  if (refusal?.code === 'too-many-requests') return { type: 'RateLimited', data: { operation }, actor, context };
  if (!refusal?.denies) return null;
  return { type: 'AccessDenied', data: { operation, reason: refusal.code, image_id: imageId }, actor, context };
}

function actorOf({ session }: Exchange): Actor | null {
  if (session === null) return null;
  const { user, project, roles } = session.identity;
  return { user, project, roles, via: 'gateway' };
}
