import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import type { Logger } from '@cloud-images/service-kit';

const pollMs = 1_000;

export interface TlsFilesOptions {
  /** PEM: the certificate, then those between it and the root. */
  readonly certFile: string;
  /** PEM */
  readonly keyFile: string;
  readonly log: Logger;
}

/**
 * The certificate of the public server and its key, as the files are now. A renewed pair counts for new connections at
 * once; half of one, or one that is not usable, is reported and not taken.
 */
export class TlsFiles {
  private pair: SecureContextOptions;
  private server: Server | undefined;

  /** Throws when the files can't be used. */
  constructor(private readonly options: TlsFilesOptions) {
    this.pair = this.read();
  }

  /** What a server is opened with. */
  get settings(): SecureContextOptions {
    return this.pair;
  }

  /** From now on the server has what the files have. */
  keepCurrent(server: Server): void {
    this.server = server;
    const { certFile, keyFile } = this.options;
    for (const path of [certFile, keyFile]) watchFile(path, { interval: pollMs, persistent: false }, this.reread);
    server.once('close', () => {
      for (const path of [certFile, keyFile]) unwatchFile(path, this.reread);
    });
  }

  private readonly reread = (): void => {
    const { log } = this.options;
    try {
      this.pair = this.read();
      this.server?.setSecureContext(this.pair);
    } catch (error) {
      const { message: reason } = error as Error;
      log.warn(
        { event: 'certificate-refused', reason },
        'the certificate changed and is not usable: the old one stands',
      );
      return;
    }
    log.info({ event: 'certificate-read' }, 'the certificate changed and was read');
  };

  private read(): SecureContextOptions {
    const { certFile, keyFile } = this.options;
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' } as const;
    try {
      createSecureContext(pair);
    } catch (error) {
      throw new Error(`the TLS certificate and its key can't be used: ${(error as Error).message}`);
    }
    return pair;
  }
}
