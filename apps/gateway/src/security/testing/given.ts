import type { Observation } from '../observation.js';

const context = (nth: number) => ({
  request_id: `req-${nth}`,
  correlation_id: `req-${nth}`,
  source_address: `203.0.113.${nth % 250}`,
});
const by = (user: string, project = 'p') => ({ user, project, roles: ['member'], via: 'gateway' });

export const failed = (userId: string | null, nth = 1): Observation => ({
  ...{ type: 'AuthenticationFailed', actor: null, context: context(nth) },
  data: { reason: 'password', user_id: userId },
});
export const denied = (user: string, image: string | null = null, nth = 1): Observation => ({
  ...{ type: 'AccessDenied', actor: by(user), context: { ...context(nth), user_name: user } },
  data: { operation: 'GET /v2/images/{id}', reason: 'forbidden', image_id: image },
});
export const limited = (user: string, project = 'p', nth = 1): Observation => ({
  ...{ type: 'RateLimited', actor: by(user, project), context: context(nth) },
  data: { operation: 'GET /v2/images' },
});
export const sent = (user: string, image: string, bytes: number, start: number | null = null): Observation => ({
  ...{ type: 'ImageDataSent', actor: by(user), context: context(1) },
  data: {
    ...{ image_id: image, size: 1_000, bytes, unfinished: 0 },
    range: start === null ? null : { start, end: start + bytes - 1 },
  },
});
