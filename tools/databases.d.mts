export interface DatabaseUrls {
  readonly superuser: string;
  /** By database, for the service's own role. */
  readonly service: Readonly<Record<string, string>>;
  /** By database, for the owner's role. */
  readonly owner: Readonly<Record<string, string>>;
}

/** Passwords by role. */
export function databaseUrls(
  server: { readonly host?: string; readonly port: number },
  passwords: Readonly<Record<string, string>>,
): DatabaseUrls;
