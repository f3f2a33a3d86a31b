import type { Grant } from './tokens.js';
import { accountUrl, type Places } from './places.js';
import { stableId } from './uuid5.js';

const region = 'RegionOne';
const provenBy: Readonly<Record<string, string>> = { password: 'PASSWORD', api_key: 'APIKEY' };

/** The answer to `POST /v2.0/tokens`. */
export function accessDocument(token: string, { claims, user, project, roles }: Grant, places: Places) {
  const { publicUrl, filesUrl } = places;
  const tenant = project === null ? {} : { tenant: { id: project.id, name: project.name } };
  return {
    access: {
      token: {
        id: token,
        issued_at: new Date(claims.issuedAt).toISOString(),
        expires: new Date(claims.expiresAt).toISOString(),
        ...tenant,
        'RAX-AUTH:authenticatedBy': claims.methods.flatMap((method) => provenBy[method] ?? []),
      },
      user: {
        id: user.id,
        name: user.name,
        username: user.name,
        roles: roles.map((name) => ({ id: stableId('role', name), name })),
        'RAX-AUTH:defaultRegion': region,
      },
      serviceCatalog:
        project === null
          ? []
          : [
              // Rackspace's clients take the version from here, and append `/images` alone.
              service('image', 'cloudImages', `${publicUrl}/v2`, project.id),
              service('identity', 'cloudIdentity', `${publicUrl}/identity/v2.0`, project.id),
              service('object-store', 'cloudFiles', accountUrl(filesUrl, project), project.id),
            ],
    },
  };
}

const service = (type: string, name: string, publicURL: string, tenantId: string) => ({
  type,
  name,
  endpoints: [{ region, publicURL, internalURL: publicURL, tenantId }],
});
