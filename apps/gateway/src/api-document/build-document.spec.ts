import { routes } from '../edge/routes.js';
import { buildDocument } from './build-document.js';

const document = buildDocument(routes, {}, 'http://images.example') as {
  openapi: string;
  paths: Record<string, Record<string, any>>;
};
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => method !== 'parameters')
    .map(([method, operation]) => ({ path, method, operation, parameters: (item['parameters'] ?? []) as any[] })),
);

describe('the document of the API', () => {
  it('has every route that can be called, and identity’s none', () => {
    const offered = routes
      .filter(({ template }) => !template.startsWith('/identity') && !template.startsWith('/docs'))
      // What is there once more for clients that end a path with a slash is described once.
      .filter(({ template }) => template === '/' || !template.endsWith('/'))
      .flatMap(({ template, operations: offer }) =>
        // OpenAPI has no such method.
        Object.keys(offer)
          .filter((method) => method !== 'COPY')
          .map((method) => `${method.toLowerCase()} ${template.replace('*}', '}')}`),
      );
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(offered.sort());
  });

  it('refuses a route that nobody described', () => {
    const more = [...routes, { template: '/v2/new', operations: { GET: routes[0]!.operations['GET']! } }];
    expect(() => buildDocument(more, {}, '')).toThrow(/not described: GET \/v2\/new/);
    expect(() => buildDocument(routes.slice(1), {}, '')).toThrow(/no route: GET \//);
  });

  it('gives every operation an id of its own, its path’s parameters, and answers', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation, parameters } of operations) {
      const inPath = parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`);
      expect(inPath).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(Object.keys(operation.responses).some((status) => Number(status) < 400)).toBe(true);
      for (const answer of Object.values<any>(operation.responses)) expect(answer.description).not.toBe('');
    }
  });

  it('says that a name in a path may be malformed', () => {
    for (const { operation, parameters } of operations.filter((one) => one.parameters.length > 0)) {
      expect([operation.operationId, parameters.length, '400' in operation.responses]).toEqual([
        operation.operationId,
        parameters.length,
        true,
      ]);
    }
  });

  it('says where a token is needed', () => {
    expect(document.paths['/v2/images']?.['get'].security).toEqual([{ token: [] }]);
    expect(document.paths['/versions']?.['get'].security).toEqual([]);
  });
});
