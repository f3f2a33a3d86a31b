import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logger } from '@cloud-images/service-kit';
import { identitySourceConformance } from '../testing/conformance.js';
import { TokenSeal } from './token-seal.js';
import { Tokens } from './tokens.js';
import { UsersDirectory } from './users-directory.js';
import { UsersFileError } from './users-file.js';

const people = `
domains: [{ id: default, name: Default }]
projects: [{ name: demo }, { name: admin }]
users:
  - { name: demo, password: secret, projects: { demo: [member] } }
  - { name: admin, password: secret, projects: { admin: [admin] } }
`;
const log = logger('test', 'silent');

function usersIn(directory: string, publicAddress = false): UsersDirectory {
  const path = join(directory, 'users.yaml');
  writeFileSync(path, people);
  return new UsersDirectory({ path, publicAddress, log });
}

identitySourceConformance('the users file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  const users = usersIn(directory);
  const seal = new TokenSeal(randomBytes(48));
  const tokens = new Tokens({ seal, users, lifetimeSeconds: 3_600, publicUrl: 'http://images.example' });
  const foreign = new Tokens({ seal: new TokenSeal(randomBytes(48)), users, lifetimeSeconds: 60, publicUrl: '' });
  return {
    source: tokens,
    token: async (kind) => {
      const name = kind === 'admin' ? 'admin' : 'demo';
      const user = users.user({ name, domain: { id: 'default' } })!;
      const project = kind === 'no-project' ? null : users.project({ name, domain: { id: 'default' } })!;
      const issuer = kind === 'foreign' ? foreign : tokens;
      const { token, grant } = issuer.issue({ user, project, methods: ['password'] });
      return kind === 'ended' ? seal.seal({ ...grant.claims, expiresAt: Date.now() - 1 }) : token;
    },
    close: async () => {
      await tokens.close();
      rmSync(directory, { recursive: true });
    },
  };
});

it('given a default password on an address that others reach, refuses the users file and quotes no password', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  try {
    expect(() => usersIn(directory, true)).toThrow(UsersFileError);
    expect(() => usersIn(directory, true)).toThrow(/"demo" has a default password.*\n.*"admin" has a default password/);
    expect(() => usersIn(directory, true)).not.toThrow(/secret/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
