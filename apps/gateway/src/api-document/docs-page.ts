import { createHash } from 'node:crypto';

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2430 }
h1 { font-size: 1.4rem } details { border: 1px solid #cfd6e0; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer } code, textarea, input, pre { font: 13px/1.4 ui-monospace, monospace }
input, textarea { width: 100%; box-sizing: border-box; padding: .3rem; margin: .2rem 0 }
pre { background: #f3f5f8; padding: .6rem; overflow: auto; max-height: 24rem } button { padding: .3rem 1rem }
.method { display: inline-block; width: 4.5rem; font-weight: 600 }`;

// Text goes into the page as text only: what a server answers can't become markup.
const script = `
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const labelled = (text, field) => element('label', {}, text, field);
async function start() {
  const api = await (await fetch('openapi.json')).json();
  const token = document.getElementById('token');
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters') continue;
      document.getElementById('operations').append(show(token, path, method.toUpperCase(), operation));
    }
  }
}
function show(token, path, method, operation) {
  const target = element('input', { value: path });
  const types = Object.keys((operation.requestBody || { content: {} }).content);
  const type = element('input', { value: types[0] || '' });
  const body = element('textarea', { rows: 4 });
  const answer = element('pre');
  const send = element('button', { textContent: 'Send' });
  send.onclick = async () => {
    const headers = {};
    if (token.value) headers['X-Auth-Token'] = token.value;
    if (types.length) headers['Content-Type'] = type.value;
    try {
      const got = await fetch(target.value, { method, headers, body: types.length ? body.value : undefined });
      const lines = [...got.headers].map(([name, value]) => name + ': ' + value);
      answer.textContent = [got.status + ' ' + got.statusText, ...lines, '', await got.text()].join('\\n');
    } catch (error) {
      answer.textContent = String(error);
    }
  };
  const about = { parameters: operation.parameters, requestBody: operation.requestBody, responses: Object.keys(operation.responses) };
  return element('details', {},
    element('summary', {}, element('span', { className: 'method', textContent: method }),
      element('code', { textContent: path }), ' ' + operation.summary),
    element('pre', { textContent: JSON.stringify(about, null, 2) }),
    labelled('Path and query', target),
    ...(types.length ? [labelled('Content-Type', type), labelled('Body', body)] : []),
    send, answer);
}
start().catch((error) => { document.getElementById('operations').textContent = String(error); });`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A page to read the API and to try it; one file, and only what is in it may run. */
export const docsPage = {
  policy: `default-src 'none'; connect-src 'self'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cloud Images API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><h1>Cloud Images API</h1>
<p>The document itself: <a href="openapi.json">openapi.json</a>. A token comes from <code>POST /identity/v3/auth/tokens</code>, or
from the identity service of your cloud; it stays in this page.</p>
<label>X-Auth-Token<input id="token" type="password" autocomplete="off"></label>
<div id="operations"></div><script>${script}</script></body></html>
`,
};
