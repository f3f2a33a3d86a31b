import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { FetchFailed, FetchTooLarge } from './failures.js';
import { literalAddress, readFetchUrl, type FetchRules } from './fetch-url.js';
import { HostResolver, type PinnedAddress } from './resolve-host.js';

export interface SafeFetcherOptions extends FetchRules {
  readonly maxRedirects: number;
  /** From the call to the first byte of data, over all hops; a failure is told exactly then, whatever it was. */
  readonly answerWithinMs: number;
  /** Of silence amid the data. */
  readonly silenceMs: number;
  /** From the call to the last byte of data. */
  readonly wholeWithinMs: number;
  /** `address:port` of name servers; empty: the system's. */
  readonly nameServers?: readonly string[];
  /** Certificates (PEM) to believe servers by, instead of the system's. */
  readonly ca?: string;
}

export interface Fetched {
  /** Ends in an error when it is cut, falls silent or takes too long. To be read or destroyed: it holds a connection. */
  readonly stream: Readable;
  /** bytes; null when the server did not say */
  readonly size: number | null;
}

interface Hop {
  readonly status: number;
  readonly location: string | null;
  readonly size: number | null;
  readonly stream: Readable;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches from where callers of the API say, without becoming their way into our network: each hop's URL is checked, its
 * name resolved once and the connection made to the very addresses that were checked. No cookie, credential or proxy.
 */
export class SafeFetcher {
  private readonly resolver: HostResolver;

  constructor(private readonly options: SafeFetcherOptions) {
    this.resolver = new HostResolver(options.networks, options.nameServers ?? []);
  }

  /** Throws `FetchUrlRefused` for a URL that is never fetched; to be asked before anything is promised to a caller. */
  check(text: string): void {
    readFetchUrl(text, this.options);
  }

  /**
   * Throws `FetchFailed` at `answerWithinMs` and never before, `FetchTooLarge` when the server announces more than
   * `maxBytes`, and the reason of `signal`, at once.
   */
  async open(text: string, maxBytes: number, signal: AbortSignal): Promise<Fetched> {
    const began = performance.now();
    const answer = AbortSignal.timeout(this.options.answerWithinMs);
    const whole = AbortSignal.any([signal, AbortSignal.timeout(this.options.wholeWithinMs)]);
    try {
      const { stream, size } = await this.follow(text, AbortSignal.any([whole, answer]), whole);
      if (size === null || size <= maxBytes) return { stream, size };
      stream.destroy();
      throw new FetchTooLarge(`The data has ${size} bytes; at most ${maxBytes} are taken.`);
    } catch (error) {
      if (error instanceof FetchTooLarge) throw error;
      await sleep(Math.max(0, this.options.answerWithinMs - (performance.now() - began)), undefined, { signal }).catch(
        () => undefined,
      );
      signal.throwIfAborted();
      throw new FetchFailed(error);
    }
  }

  private async follow(first: string, untilAnswer: AbortSignal, whole: AbortSignal): Promise<Hop> {
    let url = readFetchUrl(first, this.options);
    for (let hops = 0; hops <= this.options.maxRedirects; hops += 1) {
      const hop = await this.hop(url, untilAnswer, whole);
      if (hop.status === 200) return hop;
      hop.stream.destroy();
      if (!redirects.has(hop.status) || hop.location === null) throw new Error(`the server answered ${hop.status}`);
      url = this.next(url, hop.location);
    }
    throw new Error('too many redirects');
  }

  /** A relative location is plain by its base; an absolute one is checked as it is written, not as a parser makes it. */
  private next(from: URL, location: string): URL {
    const relative = /^(?:\/(?![/\\])|[?#.]|[\w~-]+(?:[/?#.]|$))/.test(location);
    const absolute = relative ? new URL(location, from).href : location.replace(/^(?=\/\/)/, from.protocol);
    const next = readFetchUrl(absolute, this.options);
    if (from.protocol === 'https:' && next.protocol === 'http:') throw new Error('a redirect away from TLS');
    return next;
  }

  private async hop(url: URL, untilAnswer: AbortSignal, whole: AbortSignal): Promise<Hop> {
    untilAnswer.throwIfAborted();
    const literal = literalAddress(url);
    const pinned = literal === null ? await this.resolver.pin(url.hostname.replace(/\.$/, ''), untilAnswer) : [];
    const agent = this.agent(pinned);
    const giveUp = (event: Event) => void agent.destroy((event.target as AbortSignal).reason as Error);
    untilAnswer.addEventListener('abort', giveUp);
    try {
      const answer = await agent.request({
        method: 'GET',
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'cloud-images' },
      });
      whole.addEventListener('abort', giveUp);
      answer.body.once('close', () => {
        whole.removeEventListener('abort', giveUp);
        void agent.destroy();
      });
      // What comes late, after nobody listens any more, must not end the process.
      answer.body.on('error', () => undefined);
      const { location, 'content-length': length } = answer.headers;
      return {
        status: answer.statusCode,
        location: typeof location === 'string' ? location : null,
        size: typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : null,
        stream: answer.body,
      };
    } catch (error) {
      void agent.destroy();
      throw error;
    } finally {
      untilAnswer.removeEventListener('abort', giveUp);
    }
  }

  /** A client for one hop: its connection goes to addresses that were checked, and to no others. */
  private agent(pinned: readonly PinnedAddress[]): Agent {
    const { answerWithinMs, silenceMs, ca } = this.options;
    return new Agent({
      connections: 1,
      pipelining: 0,
      headersTimeout: answerWithinMs,
      bodyTimeout: silenceMs,
      connect: {
        timeout: answerWithinMs,
        autoSelectFamily: true,
        lookup: (_hostname, options, callback) => {
          const [first] = pinned;
          if (first === undefined) callback(new Error('no address was checked'), '');
          else if (options.all) callback(null, [...pinned]);
          else callback(null, first.address, first.family);
        },
        ...(ca === undefined ? {} : { ca }),
      },
    });
  }
}
