import { Refusal } from '@cloud-images/contracts';
import type { Operation, Route } from './routes.js';
import type { RequestTarget } from './request-target.js';

export interface Match {
  readonly operation: Operation;
  readonly template: string;
  /** Decoded, in the template's order. */
  readonly params: readonly string[];
  /** Rebuilt from the template, the parameters and the query: what a service gets to see. */
  readonly path: string;
}

interface Node {
  readonly children: Map<string, Node>;
  parameter: Node | null;
  /** `{name*}`: all that is left of a path, slashes included, and at least one character. */
  rest: Node['route'];
  route: { readonly route: Route; readonly allow: string } | null;
}

const versions = new Set(['v2', ...[0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 17].map((minor) => `v2.${minor}`)]);
/** What a path begins with that leaves the version to `Accept`. */
const unversioned = new Set(['images', 'tasks', 'schemas', 'info']);
const versionInAccept = /^application\/vnd\.openstack\.images-(v2(?:\.\d+)?)\b/i;
const uuidJson = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json$/i;
const unreserved = /^[\w.~-]+$/;

/** Finds the row of the route table that a request means. */
export class Router {
  private readonly root = newNode();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** Throws `Refusal`: `not-found` for an unknown path, `method-not-allowed` with `Allow` for a known one. */
  match(method: string, target: RequestTarget, accept: string | undefined): Match {
    const segments = normalised(target.segments, accept);
    const params: string[] = [];
    const found = this.walk(segments, params);
    if (found === null) throw new Refusal('not-found', 'The resource could not be found.');
    const { route, allow } = found;
    const operation = Object.hasOwn(route.operations, method) ? route.operations[method] : undefined;
    if (operation === undefined) {
      throw new Refusal('method-not-allowed', `The method ${method} is not allowed for this resource.`, { allow });
    }
    // A slash at the end of a template is for clients: the services know each route once, without it.
    const meant = route.template.endsWith('/') ? segments.slice(0, -1) : segments;
    const answering = method === 'GET' && asksForPast(target.query) ? (route.past ?? operation) : operation;
    return { operation: answering, template: route.template, params, path: `/${rebuilt(meant)}${target.query}` };
  }

  private walk(segments: readonly string[], params: string[]): Node['route'] {
    let node: Node = this.root;
    for (const [at, segment] of segments.entries()) {
      // An empty segment is a path's end, or part of a name that may have any.
      const ends = segment !== '' || node.rest === null || at === segments.length - 1;
      const fixed = ends ? node.children.get(segment) : undefined;
      if (fixed === undefined && node.rest !== null) return takeRest(node.rest, segments.slice(at), params);
      if (fixed === undefined && (node.parameter === null || segment === '')) return null;
      if (fixed === undefined) params.push(segment);
      node = fixed ?? node.parameter!;
    }
    return node.route;
  }

  private add(route: Route): void {
    let node = this.root;
    for (const segment of route.template.slice(1).split('/')) {
      if (segment.endsWith('*}')) return void (node.rest = leaf(route));
      if (segment.startsWith('{')) node = node.parameter ??= newNode();
      else node = child(node, segment);
    }
    node.route = leaf(route);
  }
}

/** The version is in the path or in `Accept`; a `.json` counts on images, an image and tasks. */
function normalised(segments: readonly string[], accept: string | undefined): readonly string[] {
  let [version = '', ...rest] = segments;
  const accepted = accept === undefined ? undefined : versionInAccept.exec(accept)?.[1]?.toLowerCase();
  if (!versions.has(version)) {
    if (accepted === undefined || !versions.has(accepted) || !unversioned.has(version)) return segments;
    rest = [...segments];
  } else if (rest.length === 0) return segments;
  if (rest.length === 1 && (rest[0] === 'images.json' || rest[0] === 'tasks.json')) rest = [rest[0].slice(0, -5)];
  const id = rest.length === 2 && rest[0] === 'images' ? uuidJson.exec(rest[1]!)?.[1] : undefined;
  version = 'v2';
  return [version, ...(id === undefined ? rest : ['images', id])];
}

const rebuilt = (segments: readonly string[]): string =>
  segments.map((text) => (unreserved.test(text) ? text : encodeURIComponent(text))).join('/');

const asksForPast = (query: string): boolean => /at=|%/i.test(query) && new URLSearchParams(query).has('at');

const newNode = (): Node => ({ children: new Map(), parameter: null, rest: null, route: null });
const leaf = (route: Route) => ({ route, allow: Object.keys(route.operations).join(', ') });

function takeRest(rest: Node['route'], segments: readonly string[], params: string[]): Node['route'] {
  params.push(segments.join('/'));
  return rest;
}

function child(node: Node, segment: string): Node {
  const known = node.children.get(segment) ?? newNode();
  node.children.set(segment, known);
  return known;
}
