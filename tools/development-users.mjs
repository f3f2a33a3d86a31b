// The people of a development start, and the clouds.yaml with which OpenStack clients log in as one of them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivately } from './secrets.mjs';

const developmentUsers = `# Users of this start. Edit it: the service reads it again when it changes. These passwords are refused on any
# address but this machine's own; \`password_hash\` takes the place of \`password\` for real ones.
domains:
  - { id: default, name: Default }
projects:
  - { name: admin, domain: Default }
  - { name: demo, domain: Default }
  - { name: alt, domain: Default }
users:
  - { name: admin, domain: Default, password: secret, projects: { admin: [admin] } }
  - { name: demo, domain: Default, password: secret, projects: { demo: [member] } }
  - { name: reader, domain: Default, password: secret, projects: { demo: [reader] } }
  - { name: alt, domain: Default, password: secret, projects: { alt: [member] } }
`;

/** The users file: the one that was named, or this data directory's own, made at the first start. */
export function usersFile(dataDir, named) {
  if (named) return named;
  const path = join(dataDir, 'users.yaml');
  if (!existsSync(path)) writePrivately(path, developmentUsers);
  return path;
}

/** Writes clouds.yaml, one cloud for each user and project; returns its path and who is in it. */
export async function writeClouds(dataDir, identityFile, url) {
  const { parse, stringify } = await import('yaml');
  const { users = [], projects = [], domains = [] } = parse(readFileSync(identityFile, 'utf8')) ?? {};
  const domainId = (name) => domains.find((domain) => domain.name === name)?.id;
  const domainKey = (prefix, name) =>
    domainId(name) ? { [`${prefix}_domain_id`]: domainId(name) } : { [`${prefix}_domain_name`]: name };
  const clouds = {};
  const people = [];
  for (const user of users) {
    for (const [index, [project, roles]] of Object.entries(user.projects ?? {}).entries()) {
      const cloud = index === 0 ? user.name : `${user.name}-${project}`;
      const projectDomain = projects.find((one) => one.name === project)?.domain ?? user.domain;
      clouds[cloud] = {
        auth_type: 'password',
        auth: {
          auth_url: `${url}/identity/v3`,
          username: user.name,
          ...(user.password === undefined ? {} : { password: String(user.password) }),
          ...domainKey('user', user.domain),
          project_name: project,
          ...domainKey('project', projectDomain),
        },
        region_name: 'RegionOne',
        identity_api_version: '3',
        image_api_version: '2',
      };
      people.push({ cloud, user: user.name, project, roles });
    }
  }
  const path = join(dataDir, 'clouds.yaml');
  writePrivately(
    path,
    `# Written at each start. OS_CLIENT_CONFIG_FILE=${path} openstack --os-cloud demo image list\n${stringify({ clouds })}`,
  );
  return { path, people };
}
