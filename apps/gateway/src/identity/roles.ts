/** What a role brings with it, as Keystone's bootstrap sets it up. Other roles stand for themselves. */
const implied: Readonly<Record<string, readonly string[]>> = {
  admin: ['manager', 'member', 'reader'],
  manager: ['member', 'reader'],
  member: ['reader'],
};

/** The given roles and all they imply, each once, the given ones first. */
export const inferred = (roles: readonly string[]): string[] => [
  ...new Set([...roles, ...roles.flatMap((role) => implied[role] ?? [])]),
];
