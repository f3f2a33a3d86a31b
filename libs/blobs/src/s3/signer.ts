import http from 'node:http';
import https from 'node:https';
import { Client } from 'minio';
import { presignSignatureV4 } from 'minio/dist/esm/signing.mjs';
import type { S3BlobStoreOptions } from './options.js';
import { transportWithDeadline } from './transport.js';

/** A request is sent at once; this is what the clocks of the two machines may differ by, and more. */
const validSeconds = 3_600;

export interface ToSign {
  readonly method: string;
  readonly key: string;
  readonly query?: string;
}

/** The minio package's client: it signs, lists, and keeps the books of multipart uploads. */
export class Signer extends Client {
  private readonly options: S3BlobStoreOptions;

  constructor(options: S3BlobStoreOptions, timeoutMs: number) {
    const endpoint = new URL(options.endpoint);
    const secure = endpoint.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: 64, ...(options.ca === undefined ? {} : { ca: options.ca }) };
    super({
      endPoint: endpoint.hostname.replace(/^\[|\]$/g, ''),
      ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
      useSSL: secure,
      region: options.region,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      pathStyle: options.pathStyle,
      transport: transportWithDeadline(secure, timeoutMs),
      transportAgent: secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions),
      // Its own retries write to the console, and lose the reason.
      retryOptions: { disableRetry: true },
    });
    this.options = options;
  }

  /** A URL whose request needs no further credentials; its payload is not signed (`UNSIGNED-PAYLOAD`). */
  presign({ method, key, query = '' }: ToSign): string {
    const { bucket, region, accessKey, secretKey } = this.options;
    const request = this.getRequestOptions({ method, bucketName: bucket, objectName: key, query, region });
    return presignSignatureV4(request, accessKey, secretKey, undefined, region, new Date(), validSeconds);
  }

  /** A request without a body whose headers are signed too, as those of a copy must be; its whole, small answer. */
  async put(key: string, query: string, headers: Record<string, string>): Promise<string> {
    const request = { method: 'PUT', bucketName: this.options.bucket, objectName: key, query, headers };
    const answer = await this.makeRequestAsync(request);
    return Buffer.concat((await answer.toArray()) as Buffer[]).toString('utf8');
  }

  partsOf(key: string, uploadId: string): ReturnType<Client['listParts']> {
    return this.listParts(this.options.bucket, key, uploadId);
  }
}
