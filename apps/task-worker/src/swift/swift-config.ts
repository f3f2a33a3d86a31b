import { readFileSync } from 'node:fs';
import { CanBeRead } from '@cloud-images/service-kit';
import { IsInt, IsNotEmpty, IsOptional, IsString, IsUrl, Matches, Max, Min, ValidateIf } from 'class-validator';
import type { SwiftClientOptions } from './swift-client.js';

type Constructor = abstract new (...args: any[]) => object;

const gibibyte = 1024 ** 3;
const webAddress = { require_tld: false, protocols: ['http', 'https'], require_protocol: true };

/** Settings of a Swift are looked at only where there is one. */
const WithSwift = () => ValidateIf(({ swiftUrl }: { swiftUrl?: string }) => swiftUrl !== undefined);

/** Where users' objects are when they are not in Cloud Files of our own. */
export function withSwift<Base extends Constructor>(BaseConfig: Base) {
  abstract class SwiftConfig extends BaseConfig {
    /** Up to its version, without an account; unset: Cloud Files of our own. */
    @IsOptional()
    @Matches(/^https?:\/\/[^/?#@\s]+(?:\/[^?#@\s]+)?\/v1$/, {
      message: '$property must be http:// or https://, a host, and a path that ends in /v1',
    })
    swiftUrl?: string;

    /** The Keystone that Swift believes; with or without `/v3`. */
    @WithSwift()
    @IsUrl(webAddress)
    swiftKeystoneUrl!: string;

    /** Its user needs a role that Swift lets into every account (`reseller_admin_role`: ResellerAdmin). */
    @WithSwift()
    @IsNotEmpty()
    @IsString()
    swiftUsername!: string;

    @WithSwift()
    @IsNotEmpty()
    @IsString()
    swiftPassword!: string;

    @WithSwift()
    @IsNotEmpty()
    @IsString()
    swiftProject!: string;

    /** Domains by name. */
    @WithSwift()
    @IsString()
    swiftUserDomain: string = 'Default';

    @WithSwift()
    @IsString()
    swiftProjectDomain: string = 'Default';

    /** Certificates (PEM) to believe both by, instead of the system's. */
    @WithSwift()
    @IsOptional()
    @CanBeRead()
    swiftCaFile?: string;

    /** How long one answer, and a pause amid data, may take. */
    @WithSwift()
    @IsInt()
    @Min(1)
    @Max(600)
    swiftTimeoutSeconds: number = 60;

    /** What is larger is written in segments of so many bytes. Swift takes 5 GiB in one piece, and 1,000 segments. */
    @WithSwift()
    @IsInt()
    @Min(1)
    @Max(5 * gibibyte)
    swiftSegmentBytes: number = 4 * gibibyte;

    /** As `SwiftClient` takes it; null where objects are our own. */
    swift(): SwiftClientOptions | null {
      if (this.swiftUrl === undefined) return null;
      return {
        url: this.swiftUrl,
        keystoneUrl: this.swiftKeystoneUrl,
        user: {
          username: this.swiftUsername,
          password: this.swiftPassword,
          project: this.swiftProject,
          userDomain: this.swiftUserDomain,
          projectDomain: this.swiftProjectDomain,
        },
        timeoutMs: this.swiftTimeoutSeconds * 1_000,
        ...(this.swiftCaFile === undefined ? {} : { ca: readFileSync(this.swiftCaFile, 'utf8') }),
      };
    }
  }
  return SwiftConfig;
}
