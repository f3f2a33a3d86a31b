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
  route: { readonly route: Route; readonly allow: string } | null;
}

const versions = new Set(['v2', ...[0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 17].map((minor) => `v2.${minor}`)]);
/** What a path begins with that leaves the version to `Accept`. */
const unversioned = new Set(['images', 'schemas', 'info']);
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
    const answering = method === 'GET' && asksForPast(target.query) ? (route.past ?? operation) : operation;
    return { operation: answering, template: route.template, params, path: `/${rebuilt(segments)}${target.query}` };
  }

  private walk(segments: readonly string[], params: string[]): Node['route'] {
    let node: Node = this.root;
    for (const segment of segments) {
      const fixed = node.children.get(segment);
      if (fixed === undefined && (node.parameter === null || segment === '')) return null;
      if (fixed === undefined) params.push(segment);
      node = fixed ?? node.parameter!;
    }
    return node.route;
  }

  private add(route: Route): void {
    let node = this.root;
    for (const segment of route.template.slice(1).split('/')) {
      if (segment.startsWith('{')) node = node.parameter ??= newNode();
      else node = child(node, segment);
    }
    node.route = { route, allow: Object.keys(route.operations).join(', ') };
  }
}

/** The version is in the path or in `Accept`; a `.json` counts on a list of images and on an image. */
function normalised(segments: readonly string[], accept: string | undefined): readonly string[] {
  let [version = '', ...rest] = segments;
  const accepted = accept === undefined ? undefined : versionInAccept.exec(accept)?.[1]?.toLowerCase();
  if (!versions.has(version)) {
    if (accepted === undefined || !versions.has(accepted) || !unversioned.has(version)) return segments;
    rest = [...segments];
  } else if (rest.length === 0) return segments;
  if (rest.length === 1 && rest[0] === 'images.json') rest = ['images'];
  const id = rest.length === 2 && rest[0] === 'images' ? uuidJson.exec(rest[1]!)?.[1] : undefined;
  version = 'v2';
  return [version, ...(id === undefined ? rest : ['images', id])];
}

const rebuilt = (segments: readonly string[]): string =>
  segments.map((text) => (unreserved.test(text) ? text : encodeURIComponent(text))).join('/');

const asksForPast = (query: string): boolean => /at=|%/i.test(query) && new URLSearchParams(query).has('at');

const newNode = (): Node => ({ children: new Map(), parameter: null, route: null });

function child(node: Node, segment: string): Node {
  const known = node.children.get(segment) ?? newNode();
  node.children.set(segment, known);
  return known;
}
