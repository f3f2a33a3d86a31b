// What a service made of another one's events, against the log of their owner.
import pg from 'pg';
import type { Row, Verdict } from '../oracles.ts';

export async function rowsOf<Found extends object>(url: string, text: string): Promise<Found[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  await client.connect();
  try {
    return (await client.query<Found>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The catalog's inbox holds the membership log, event by event, and says so. */
export async function inboxIsTheOwnersLog(catalog: string, membership: readonly Row[]): Promise<Verdict> {
  const kept = await rowsOf<{ stream: string; version: number; event_id: string }>(
    catalog,
    `SELECT stream, version, event->>'event_id' AS event_id FROM log.inbox_events`,
  );
  const places = await rowsOf<{ stream: string; version: number; event_id: string }>(
    catalog,
    'SELECT stream, version, event_id::text AS event_id FROM log.inbox',
  );
  const heads = new Map(membership.map((event) => [event.stream, event]));
  const violations = [
    ...differences(
      'kept',
      new Map(membership.map((event) => [`${event.stream}/${event.version}`, event.event_id])),
      kept,
    ),
    ...places
      .filter(({ stream, version, event_id }) => {
        const head = heads.get(stream);
        return head?.version !== version || head.event_id !== event_id;
      })
      .map(
        ({ stream, version }) => `${stream}: the inbox is at ${version}, its owner at ${heads.get(stream)?.version}`,
      ),
    ...[...heads.keys()]
      .filter((stream) => !places.some((place) => place.stream === stream))
      .map((stream) => `${stream}: not in the inbox`),
  ];
  return { oracle: 'O3 the inbox is the log of its owner', checked: membership.length, violations };
}

function differences(
  what: string,
  wanted: ReadonlyMap<string, string>,
  found: readonly { stream: string; version: number; event_id: string }[],
): string[] {
  const there = new Map(found.map(({ stream, version, event_id }) => [`${stream}/${version}`, event_id]));
  return [
    ...[...wanted].filter(([place, id]) => there.get(place) !== id).map(([place]) => `${place} is not ${what}`),
    ...[...there.keys()]
      .filter((place) => !wanted.has(place))
      .map((place) => `${place} is ${what}, its owner has none`),
  ];
}

/** The catalog's members are a fold of the membership log. */
export async function membersAreAFold(catalog: string, membership: readonly Row[]): Promise<Verdict> {
  const wanted = new Map<string, string>();
  for (const { data } of membership) {
    if (typeof data['member_id'] !== 'string') continue;
    const member = `${String(data['image_id'])} ${data['member_id']}`;
    if (data['to'] === null) wanted.delete(member);
    else wanted.set(member, String(data['to']));
  }
  const rows = await rowsOf<{ image_id: string; member_id: string; status: string }>(
    catalog,
    'SELECT image_id::text AS image_id, member_id, status FROM read_model.image_members',
  );
  const found = new Map(rows.map(({ image_id, member_id, status }) => [`${image_id} ${member_id}`, status]));
  const violations = [
    ...[...wanted].filter(([member, status]) => found.get(member) !== status).map(([member]) => `not so: ${member}`),
    ...[...found.keys()].filter((member) => !wanted.has(member)).map((member) => `no member: ${member}`),
  ];
  return { oracle: 'O3 members are a fold of their log', checked: wanted.size, violations };
}

/** Whoever deletes an image for good ends its membership, once; and nothing else does. */
export function membershipsEndWithTheirImages(catalog: readonly Row[], membership: readonly Row[]): Verdict {
  const gone = new Map<string, Date>();
  for (const { type, data, recorded_at } of catalog)
    if (type === 'ImageDeleted' || type === 'ImagePurged') gone.set(String(data['image_id']), recorded_at);
  const violations: string[] = [];
  const streams = Map.groupBy(membership, ({ stream }) => stream);
  for (const [stream, events] of streams) {
    const image = String(events[0]?.data['image_id']);
    const closed = events.filter(({ type }) => type === 'MembershipClosed').length;
    const goneAt = gone.get(image);
    // Who is added while the image goes stands in a membership that nobody ends, and that gives nothing.
    const begunLater = goneAt !== undefined && (events[0] as Row).recorded_at > goneAt;
    if (closed !== (goneAt ? 1 : 0) && !(begunLater && closed === 0))
      violations.push(`${stream}: closed ${closed}×, its image is ${goneAt ? 'gone' : 'not gone'}`);
  }
  return { oracle: 'O3 memberships end with their images, once', checked: streams.size, violations };
}
