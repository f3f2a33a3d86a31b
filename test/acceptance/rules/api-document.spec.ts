// The API's own document: whole, consistent in itself, and true of what is answered.
import { makeImage } from '../images.ts';
import { people, type Person } from '../service.ts';
import { titled } from './row.ts';

describe('the document of the API', () => {
  let demo: Person;
  let document: any;

  beforeAll(async () => {
    ({ demo } = await people({ demo: 'demo' }));
    document = (await demo.client.call('GET', '/openapi.json', { headers: { 'x-auth-token': '' } })).json;
  });
  afterAll(() => demo.client.close());

  const references = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : references(inner)));

  it(titled('API document', 'it is OpenAPI 3.1, and every reference leads somewhere'), () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const targets = references(document);
    expect(targets.length).toBeGreaterThan(100);
    for (const target of new Set(targets)) {
      const found = target
        .slice(2)
        .split('/')
        .reduce((at, name) => at?.[name], document);
      expect([target, typeof found]).toEqual([target, 'object']);
    }
  });

  it(titled('API document', 'its image is the one of the served schema'), async () => {
    const { json } = await demo.client.call('GET', '/v2/schemas/image');
    expect(document.components.schemas.Image.properties).toEqual(json.properties);
    const member = await demo.client.call('GET', '/v2/schemas/member');
    expect(document.components.schemas.Member.properties).toEqual(member.json.properties);
    expect(document.components.schemas.NewMember).toMatchObject({
      required: ['member'],
      properties: { member: { type: 'string', minLength: 1, maxLength: 255 } },
    });
  });

  it(titled('API document', 'every operation is there when it is called, with a status that it names'), async () => {
    const id = await makeImage(demo, { data: true });
    for (const [template, item] of Object.entries<any>(document.paths)) {
      for (const method of Object.keys(item).filter((name) => name !== 'parameters' && name !== 'delete')) {
        const path = template.replace('{id}', id).replace('{tag}', 't').replace('{member}', 'm');
        // A feed has no end: the head of an answer is all that is looked at.
        const { status, body } = await fetch(demo.client.url + path, {
          method: method.toUpperCase(),
          headers: { 'x-auth-token': demo.client.token },
          redirect: 'manual',
        });
        await body?.cancel();
        expect([method, template, Object.keys(item[method].responses)]).toEqual([
          method,
          template,
          expect.arrayContaining([String(status)]),
        ]);
      }
    }
  });

  it(titled('API document', 'the page runs nothing but its own script'), async () => {
    const { status, headers, body } = await demo.client.call('GET', '/docs', { headers: { 'x-auth-token': '' } });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'sha256-/);
    expect(body.toString()).not.toMatch(/https?:\/\//);
  });
});
