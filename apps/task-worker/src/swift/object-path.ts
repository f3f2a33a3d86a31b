/** Segments that servers on the way take for steps in the path: what they name would be somebody else's. */
const steps = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * The path of a container, or of an object in it, below a Swift's version; null for names that lead elsewhere. The
 * service user may enter every account: that these names stay in the project's own is decided here.
 */
export function swiftPath(project: string, container: string, name?: string): string | null {
  const account = `AUTH_${project}`;
  if (project === '' || project.includes('/') || container === '' || container.includes('/')) return null;
  const parts = name === undefined ? [account, container] : [account, container, name];
  if (name === '' || parts.some((part) => steps.test(part) || part.includes('\0'))) return null;
  return parts.map((part) => `/${part.split('/').map(encodeURIComponent).join('/')}`).join('');
}
