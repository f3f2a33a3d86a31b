import type { Grant } from './tokens.js';
import type { Project } from './users-file.js';
import { accountUrl, type Places } from './places.js';
import { stableId } from './uuid5.js';

const region = 'RegionOne';

const version = (publicUrl: string) => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${publicUrl}/identity/v3/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
});

export const versionDocument = (publicUrl: string) => ({ version: version(publicUrl) });
export const versionsDocument = (publicUrl: string) => ({ versions: { values: [version(publicUrl)] } });

/** The body that goes with a token. */
export function tokenDocument(grant: Grant, places: Places) {
  const { claims, user, project, roles } = grant;
  return {
    token: {
      methods: claims.methods,
      user: { id: user.id, name: user.name, domain: user.domain, password_expires_at: null },
      audit_ids: claims.audit,
      issued_at: time(claims.issuedAt),
      expires_at: time(claims.expiresAt),
      ...(project === null
        ? {}
        : {
            project: { id: project.id, name: project.name, domain: project.domain },
            is_domain: false,
            roles: roles.map((name) => ({ id: stableId('role', name), name })),
            catalog: serviceCatalog(places, project),
          }),
    },
  };
}

export const projectDocument = (project: Project, publicUrl: string) => ({
  id: project.id,
  name: project.name,
  domain_id: project.domain.id,
  parent_id: project.domain.id,
  description: '',
  enabled: true,
  is_domain: false,
  options: {},
  tags: [],
  links: { self: `${publicUrl}/identity/v3/projects/${encodeURIComponent(project.id)}` },
});

/** Clients add `/v2` to the image endpoint themselves. */
const serviceCatalog = ({ publicUrl, filesUrl }: Places, project: Project) => [
  service('image', 'cloud-images', publicUrl),
  service('identity', 'keystone', `${publicUrl}/identity/v3`),
  service('object-store', 'cloud-files', accountUrl(filesUrl, project)),
];

const service = (type: string, name: string, url: string) => ({
  id: stableId('service', type),
  type,
  name,
  endpoints: ['public', 'internal', 'admin'].map((face) => ({
    id: stableId('service', `${type}/${face}`),
    interface: face,
    region,
    region_id: region,
    url,
  })),
});

/** Keystone writes microseconds. */
const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
