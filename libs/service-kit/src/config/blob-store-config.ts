import { IsBoolean, IsIn, IsNotEmpty, IsString, Matches, ValidateIf } from 'class-validator';
import { CanBeRead } from './can-be-read.js';

type Constructor = abstract new (...args: any[]) => object;

interface Chosen {
  readonly blobsKind: string;
}

/** Settings of a kind are looked at only where that kind was chosen. */
const Of = (kind: string) => ValidateIf(({ blobsKind }: Chosen) => blobsKind === kind);

/** The configuration of a service that reaches the image data: `class … extends withBlobStore(ServiceConfig)`. */
export function withBlobStore<Base extends Constructor>(BaseConfig: Base) {
  abstract class BlobStoreConfig extends BaseConfig {
    @IsIn(['filesystem', 's3'])
    blobsKind!: 'filesystem' | 's3';

    @Of('filesystem')
    @IsNotEmpty()
    @IsString()
    blobsDir!: string;

    /** Scheme, host and port. */
    @Of('s3')
    @Matches(/^https?:\/\/[^/?#@\s]+$/, { message: '$property must be http:// or https://, a host and perhaps a port' })
    blobsS3Endpoint!: string;

    @Of('s3')
    @IsNotEmpty()
    blobsS3Region: string = 'us-east-1';

    @Of('s3')
    @Matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { message: '$property must be the name of a bucket' })
    blobsS3Bucket!: string;

    @Of('s3')
    @IsString()
    blobsS3AccessKey!: string;

    @Of('s3')
    @IsString()
    blobsS3SecretKey!: string;

    /** The bucket in the path, or else as the first label of the host. */
    @Of('s3')
    @IsBoolean()
    blobsS3PathStyle: boolean = true;

    /** Certificates (PEM) to believe the endpoint by, instead of the system's. */
    @ValidateIf(({ blobsKind, blobsS3CaFile }: BlobStoreConfig) => blobsKind === 's3' && blobsS3CaFile !== '')
    @CanBeRead()
    blobsS3CaFile: string = '';

    /** `sse-s3`: the store encrypts every blob with keys of its own. */
    @Of('s3')
    @IsIn(['none', 'sse-s3'])
    blobsS3Encryption: 'none' | 'sse-s3' = 'none';

    /** As `createBlobStore` takes it. */
    blobStore() {
      if (this.blobsKind === 'filesystem') return { kind: this.blobsKind, dir: this.blobsDir };
      const s3 = {
        endpoint: this.blobsS3Endpoint,
        region: this.blobsS3Region,
        bucket: this.blobsS3Bucket,
        accessKey: this.blobsS3AccessKey,
        secretKey: this.blobsS3SecretKey,
        pathStyle: this.blobsS3PathStyle,
        caFile: this.blobsS3CaFile,
        encryption: this.blobsS3Encryption,
      };
      return { kind: this.blobsKind, s3 };
    }
  }
  return BlobStoreConfig;
}
