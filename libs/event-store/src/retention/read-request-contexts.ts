import type pg from 'pg';
import { Refusal, type RequestContext } from '@cloud-images/contracts';
import { translate } from '../postgres/failures.js';

export const MOST_CONTEXTS = 1_000;

/** What is still known of who requests came from: of those whose time is over, or who were forgotten, nothing. */
export interface RequestContexts {
  readonly contexts: readonly RequestContext[];
}

export type RequestContextReader = (body: unknown) => Promise<RequestContexts>;

/**
 * `{"ids": […]}`, at most 1,000 request ids, for whoever shows events to auditors. Throws `Refusal` `invalid-body`,
 * `StoreUnavailable`.
 */
export function requestContextReader(pool: Pick<pg.Pool, 'query'>): RequestContextReader {
  return async (body) => {
    const ids = (body as { ids?: unknown } | null)?.ids;
    if (!Array.isArray(ids) || ids.length > MOST_CONTEXTS || !ids.every((id) => typeof id === 'string')) {
      throw new Refusal('invalid-body', `'ids' are at most ${MOST_CONTEXTS} request ids.`);
    }
    try {
      const { rows } = await pool.query<{ context: RequestContext }>({
        name: 'request_contexts',
        text: 'SELECT context FROM log.request_contexts WHERE request_id = ANY ($1::text[])',
        values: [ids],
      });
      return { contexts: rows.map(({ context }) => context) };
    } catch (error) {
      throw translate(error, '', 0);
    }
  };
}
