// Who is in this Keystone: made with the `openstack` client, as an operator would.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { programsOf } from '../support/python-environment.ts';
import type { KeystoneServer } from './keystone-server.ts';

export const servicePassword = 'service-p4ssword';
export const userPassword = 'user-p4ssword';

/** user → project and role */
const people = {
  ann: { project: 'red', role: 'member' },
  ron: { project: 'red', role: 'reader' },
  bob: { project: 'blue', role: 'member' },
  eve: { project: 'blue', role: 'member' },
} as const;

export type Person = keyof typeof people | 'admin';

export async function writeClouds(dir: string, keystone: KeystoneServer): Promise<string> {
  const cloud = (username: string, password: string, project: string) => ({
    auth_type: 'password',
    auth: {
      auth_url: keystone.url,
      username,
      password,
      project_name: project,
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
    region_name: 'RegionOne',
    identity_api_version: '3',
    image_api_version: '2',
  });
  const users = Object.entries(people).map(([name, { project }]) => [name, cloud(name, userPassword, project)]);
  const clouds = { admin: cloud('admin', keystone.adminPassword, 'admin'), ...Object.fromEntries(users) };
  const path = join(dir, 'clouds.yaml');
  await writeFile(path, stringify({ clouds }), { mode: 0o600 });
  return path;
}

/** Projects, users, roles, and the image service with its endpoint. */
export async function populate(cloudsFile: string, imageUrl: string): Promise<void> {
  const projects = ['service', ...new Set(Object.values(people).map(({ project }) => project))];
  const user = (name: string, password: string, project: string, role: string) => [
    `user create --domain default --password ${password} ${name}`,
    `role add --project ${project} --user ${name} ${role}`,
  ];
  await inOneGo(cloudsFile, [
    ...projects.map((name) => `project create --domain default ${name}`),
    ...user('glance', servicePassword, 'service', 'service'),
    ...Object.entries(people).flatMap(([name, { project, role }]) => user(name, userPassword, project, role)),
    'service create --name cloud-images image',
    ...['public', 'internal', 'admin'].map(
      (face) => `endpoint create --region RegionOne cloud-images ${face} ${imageUrl}`,
    ),
    'role add --user admin --user-domain default --system all admin',
    'role add --user admin --user-domain default --domain default admin',
  ]);
}

/** One process of the client for all: it reads commands from standard input. */
export async function inOneGo(cloudsFile: string, commands: readonly string[]): Promise<void> {
  const child = spawn(join(programsOf('openstack-clients'), 'openstack'), ['--os-cloud', 'admin'], {
    env: { ...process.env, OS_CLIENT_CONFIG_FILE: cloudsFile },
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.end(`${commands.join('\n')}\n`);
  await new Promise((done) => child.once('close', done));
  if (errors.trim() !== '') throw new Error(`openstack: ${errors.trim()}`);
}

/** A token straight from Keystone, of any scope. */
export async function issueToken(
  keystone: KeystoneServer,
  person: Person,
  scope: object | 'unscoped' | undefined = undefined,
): Promise<string> {
  const password = person === 'admin' ? keystone.adminPassword : userPassword;
  const project = person === 'admin' ? 'admin' : people[person].project;
  const user = { name: person, password, domain: { id: 'default' } };
  return issue(keystone, {
    identity: { methods: ['password'], password: { user } },
    scope: scope ?? { project: { name: project, domain: { id: 'default' } } },
  });
}

export async function issue(keystone: KeystoneServer, auth: object): Promise<string> {
  const answer = await fetch(`${keystone.url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const token = answer.headers.get('x-subject-token');
  if (!token) throw new Error(`Keystone: ${answer.status} ${await answer.text()}`);
  return token;
}
