// What happened to one image, or one task, from the logs of the services that own its streams: as rows, and as text for a terminal.
const columns = `
  e.stream, e.version, e.type, e.schema_version, e.event_id::text AS event_id, e.data, e.metadata,
  to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at`;

// Names of people live beside the log and can be erased: then only the ids are left.
const history = `
SELECT ${columns}, c.context->>'user_name' AS user_name
FROM log.events e LEFT JOIN log.request_contexts c ON c.request_id = e.metadata->>'request_id'
WHERE e.stream = $1 ORDER BY e.version`;

/** The streams of an image, by the service whose log has them. */
const streamsOf = (imageId) => ({ catalog: `image-${imageId}`, membership: `membership-${imageId}` });

/** Every event of the image and of its membership, in the order of time. `connect(database)` → a connected client. */
export async function imageHistory(imageId, connect) {
  const streams = Object.entries(streamsOf(imageId)).map(([database, stream]) => read(database, stream, connect));
  return merged(...(await Promise.all(streams)));
}

/** Every event of a task. */
export const taskHistory = (taskId, connect) => read('tasks', `task-${taskId}`, connect);

async function read(database, stream, connect) {
  const client = await connect(database);
  try {
    return (await client.query(history, [stream])).rows;
  } finally {
    await client.end();
  }
}

/** Two streams by time, each kept in its own order whatever the clocks say; at the same time the image's comes first. */
function merged(image, members) {
  const events = [];
  let next = 0;
  for (const event of image) {
    while (next < members.length && members[next].recorded_at < event.recorded_at) events.push(members[next++]);
    events.push(event);
  }
  return [...events, ...members.slice(next)];
}

/** One event: when, where in its stream, what, from → to; then who and why. */
export function describeEvent({ recorded_at, stream, version, type, data, metadata, user_name }) {
  const { from, to, ...more } = data;
  const kind = stream.startsWith('membership-') ? 'member' : stream.slice(0, stream.indexOf('-'));
  const own = kind === 'task' ? 'task_id' : 'image_id';
  const move = 'from' in data || 'to' in data ? `${word(from)} → ${word(to)}` : '';
  const details = Object.entries(more).filter(([field, value]) => field !== own && !isEmpty(value));
  const { user, project, roles, via } = metadata.actor;
  const name = user_name ? `${word(user_name)}, user ${word(user)}` : `user ${word(user)}`;
  return [
    `${recorded_at}  ${`${kind} ${version}`.padEnd(10)}  ${type.padEnd(24)}  ${move}`.trimEnd(),
    ...(details.length > 0
      ? [`    what  ${details.map(([field, value]) => `${word(field)}=${word(value)}`).join('  ')}`]
      : []),
    `    who   ${name}, project ${word(project)}, roles ${roles.length > 0 ? roles.map(word).join(' ') : '–'}, via ${word(via)}`,
    `    why   request ${word(metadata.request_id)}${because(metadata)}`,
  ].join('\n');
}

function because({ request_id, correlation_id, causation_id }) {
  const client = correlation_id === request_id ? '' : `, the client's ${word(correlation_id)}`;
  return client + (causation_id ? `, because of event ${word(causation_id)}` : '');
}

const isEmpty = (value) =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

const LONGEST = 120;

/** A value as a word, quoted where it is not a plain one: names and properties are anybody's text, a terminal obeys escapes. */
function word(value) {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'string' && /^[\w.:@/+-]+$/.test(value))
    return value.length > LONGEST ? shortened(value) : value;
  const text = JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > LONGEST ? shortened(text) : text;
}

const shortened = (text) => `${[...text].slice(0, LONGEST - 1).join('')}…`;
