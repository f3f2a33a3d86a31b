/** What the migration step is told by its environment; all problems at once. */
export function config(): { ownerUrl: string; role: string } {
  const { CLOUD_IMAGES_DATABASE_OWNER_URL: ownerUrl, CLOUD_IMAGES_DATABASE_ROLE: role } = process.env;
  if (!ownerUrl || !role) {
    throw new Error('the migration of the bus needs CLOUD_IMAGES_DATABASE_OWNER_URL and CLOUD_IMAGES_DATABASE_ROLE');
  }
  return { ownerUrl, role };
}
