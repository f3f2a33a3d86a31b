import { Refusal } from '@cloud-images/contracts';

/** What a request names, decoded and checked. */
export interface RequestTarget {
  /** Decoded segments: `/v2/images` is `['v2', 'images']`, `/` is `['']`. */
  readonly segments: readonly string[];
  /** With its `?`, as it was sent; empty without one. */
  readonly query: string;
}

const maxLength = 16_384;
const plain = /^[\x21-\x7e]*$/;
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Takes a request target apart; throws `Refusal`. */
export function readTarget(url: string): RequestTarget {
  if (url.length > maxLength) throw new Refusal('uri-too-long', `The URI is longer than ${maxLength} characters.`);
  if (!plain.test(url) || url.includes('#'))
    throw new Refusal('bad-request', 'The URI has characters that must be encoded.');
  const target = originForm(url);
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  if (query.includes('%')) decode(query, /\u0000/, 'query');
  return { segments: path.slice(1).split('/').map(segment), query };
}

/** A client that believes it talks to a proxy sends the whole URL. */
function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const [, path] = /^https?:\/\/[^/?]+(.*)$/i.exec(url) ?? [];
  if (path === undefined) throw new Refusal('bad-request', 'The request target is not a path.');
  return path.startsWith('/') ? path : `/${path}`;
}

const segment = (raw: string): string => (raw.includes('%') ? decode(raw, controlCharacter, 'path') : raw);

function decode(raw: string, refused: RegExp, what: string): string {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    throw new Refusal('bad-request', `The ${what} is not validly percent-encoded.`);
  }
  if (refused.test(text)) throw new Refusal('bad-request', `The ${what} has a control character.`);
  return text;
}
