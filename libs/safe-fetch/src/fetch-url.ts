import { isIP } from 'node:net';
import type { Networks } from './networks.js';

export interface FetchRules {
  readonly networks: Networks;
  /** TCP ports that may be connected to. */
  readonly ports: readonly number[];
  /** `http`, `https` or both. */
  readonly schemes: readonly string[];
}

/** A URL that is not fetched, told from its text alone. The message says what is wrong and may be shown. */
export class FetchUrlRefused extends Error {
  override readonly name = 'FetchUrlRefused';
}

const maxLength = 2_048;
/** Scheme, host, port and the rest, before any parser has made one spelling of another. */
const shape = /^(https?):\/\/(\[[\da-f:.]+\]|[a-z\d._-]+)(?::(\d{1,5}))?(?:[/?#]|$)/i;
const plain = /^[\x21-\x7e]+$/;

/**
 * The URL that a text names, or `FetchUrlRefused`. Only the plain spelling of a host is taken: what a parser would first
 * have to turn into another text (decimal, octal or hex addresses, a user before the host, names outside ASCII) is what
 * attacks are made of.
 */
export function readFetchUrl(text: string, rules: FetchRules): URL {
  if (text.length > maxLength) throw new FetchUrlRefused(`The URL is longer than ${maxLength} characters.`);
  if (!plain.test(text) || text.includes('\\')) {
    throw new FetchUrlRefused('The URL has characters that must be encoded; names outside ASCII as punycode.');
  }
  const [, scheme, host, port] = shape.exec(text) ?? [];
  if (scheme === undefined || host === undefined || !URL.canParse(text)) {
    throw new FetchUrlRefused('The URL must be http:// or https:// with a plain host, without user or password.');
  }
  const url = new URL(text);
  if (url.hostname !== host.toLowerCase() || url.username !== '' || url.password !== '') {
    throw new FetchUrlRefused('The host of the URL is not in its plain spelling.');
  }
  checkRules(url, port, rules);
  return url;
}

function checkRules(url: URL, port: string | undefined, rules: FetchRules): void {
  const scheme = url.protocol.slice(0, -1);
  if (!rules.schemes.includes(scheme)) throw new FetchUrlRefused(`URLs of the scheme ${scheme} are not fetched.`);
  const number = port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port);
  if (!rules.ports.includes(number)) throw new FetchUrlRefused(`Port ${number} is not fetched from.`);
  const address = literalAddress(url);
  if (address !== null && !rules.networks.allow(address)) {
    throw new FetchUrlRefused('The address of the URL is not one that is fetched from.');
  }
}

/** The address that a URL names outright, null when its host is a name. */
export function literalAddress({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? null : bare;
}
