// One database per service and one for the bus, each with an owner (migrations) and a service role (everything else).
export const databaseNames = ['catalog', 'membership', 'tasks', 'audit', 'gateway', 'bus'];
export const databaseRoles = databaseNames.flatMap((name) => [name, `${name}_owner`]);

// For a session that sets nothing itself: whoever keeps a transaction open holds back the horizon of every log.
const limitsOf = (role) =>
  role.endsWith('_owner')
    ? { idle_in_transaction_session_timeout: '60s' }
    : { statement_timeout: '30s', idle_in_transaction_session_timeout: '30s', lock_timeout: '10s' };

/** Connection URLs to the server at `host:port`: `service[name]`, `owner[name]` and the superuser's. */
export function databaseUrls({ host = '127.0.0.1', port }, passwords) {
  const url = (role, database) => `postgres://${role}:${passwords[role]}@${host}:${port}/${database}`;
  return {
    superuser: url('postgres', 'postgres'),
    service: Object.fromEntries(databaseNames.map((name) => [name, url(name, name)])),
    owner: Object.fromEntries(databaseNames.map((name) => [name, url(`${name}_owner`, name)])),
  };
}

/** Makes what is missing of roles and databases; safe to repeat after being cut off anywhere. */
export async function ensureDatabases(superuserUrl, passwords) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: superuserUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    for (const role of databaseRoles) await ensureRole(client, role, passwords[role]);
    for (const name of databaseNames) await ensureDatabase(client, name);
  } finally {
    await client.end();
  }
}

async function ensureRole(client, role, password) {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  for (const [limit, value] of Object.entries(limitsOf(role))) {
    await client.query(`ALTER ROLE ${role} SET ${limit} = '${value}'`);
  }
}

async function ensureDatabase(client, name) {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${name}_owner`);
  // Every role may connect to every database unless told otherwise.
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${name}`);
}
