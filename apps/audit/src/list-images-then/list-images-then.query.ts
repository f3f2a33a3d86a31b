import { isOperator, Refusal, type Identity } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { lastVersion } from '../history/image-then.query.js';
import type { ThenQuery } from './then-query.js';

export interface Row {
  readonly image_id: string;
  readonly document: string;
  readonly unset: string;
}

// Each walks an index from the newest image on, so that a page costs what it shows and not what there is.
const sources = {
  own: 'i.owner = $1',
  public: "i.visibility = 'public'",
  community: "i.visibility = 'community'",
  shared: `i.visibility = 'shared' AND i.image_id IN (
    SELECT m.image_id FROM history.members m
     WHERE m.member_id = $1 AND m.status = 'accepted' AND m.valid_from <= $2::timestamptz AND m.valid_to > $2::timestamptz)`,
  all: 'true',
  allButCommunity: "(i.visibility <> 'community' OR i.owner = $1)",
} as const;

/** As the list of today: what a project may see of the present, as far as it may know the past. */
const knowable = `
  (i.owner = $1 OR EXISTS (
    SELECT FROM (${lastVersion('i')}) AS n
     WHERE n.status NOT IN ('pending_delete', 'deleted')
       AND (n.owner = $1 OR n.visibility IN ('public', 'community') OR (n.visibility = 'shared' AND EXISTS (
         SELECT FROM history.members m
          WHERE m.image_id = n.image_id AND m.member_id = $1 AND m.valid_to = 'infinity')))))`;

/** A page of what the list answered then, newest image first. Throws `Refusal` `invalid-marker`. */
export async function listImagesThen(
  sql: SqlExecutor,
  identity: Identity,
  seesAll: boolean,
  query: ThenQuery,
): Promise<readonly Row[]> {
  const marker = query.marker === null ? null : await createdAt(sql, query.marker);
  const wanted = sourcesFor(query, seesAll || isOperator(identity), identity.project);
  if (wanted.length === 0) return [];
  const conditions = `
    i.valid_from <= $2::timestamptz AND i.valid_to > $2::timestamptz AND i.created_at <= $2::timestamptz
    AND i.status NOT IN ('killed', 'pending_delete', 'deleted') AND i.os_hidden = $3
    AND ($4::text IS NULL OR i.visibility = $4) AND ($5::text IS NULL OR i.owner = $5)
    AND ($6::text IS NULL OR i.name = $6) AND ($7::text IS NULL OR i.status = $7)
    AND ($8::timestamptz IS NULL OR (i.created_at, i.image_id) < ($8::timestamptz, $9::text))
    ${seesAll ? '' : `AND ${knowable}`}`;
  const walks = wanted.map(
    (source) => `(SELECT i.image_id, i.created_at, i.document, i.unset FROM history.images i
       WHERE ${source} AND ${conditions} ORDER BY i.created_at DESC, i.image_id DESC LIMIT $10)`,
  );
  const { rows } = await sql.query<Row>(
    `SELECT image_id, document, unset FROM (
       SELECT DISTINCT ON (created_at, image_id) * FROM (${walks.join(' UNION ALL ')}) AS found
        ORDER BY created_at DESC, image_id DESC) AS page
      WHERE $1::text IS NOT NULL LIMIT $10`,
    [
      identity.project ?? '',
      query.time,
      query.hidden,
      query.visibility === 'all' ? null : query.visibility,
      query.owner,
      query.name,
      query.status,
      marker,
      query.marker ?? '',
      query.limit,
    ],
  );
  return rows;
}

function sourcesFor({ visibility, owner }: ThenQuery, everything: boolean, project: string | null): string[] {
  if (owner !== null && owner === project) return [sources.own];
  if (visibility === 'public') return [sources.public];
  if (visibility === 'community') return [sources.community];
  if (everything) return [visibility === null && owner === null ? sources.allButCommunity : sources.all];
  return [
    sources.own,
    ...(visibility === null || visibility === 'all' ? [sources.public] : []),
    ...(visibility === 'all' ? [sources.community] : []),
    ...(visibility === 'private' ? [] : [sources.shared]),
  ];
}

async function createdAt(sql: SqlExecutor, image: string): Promise<string> {
  const { rows } = await sql.query<{ created_at: string }>(
    `SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at
       FROM history.images WHERE image_id = $1 LIMIT 1`,
    [image],
    'images-then:marker',
  );
  if (rows[0] === undefined) throw new Refusal('invalid-marker', 'There is no image with the id of the marker.');
  return rows[0].created_at;
}
