import { readFileSync } from 'node:fs';
import { isNetwork, Networks, type SafeFetcherOptions } from '@cloud-images/safe-fetch';
import { IsIn, IsInt, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';

type Constructor = abstract new (...args: any[]) => object;

const IsNetwork = () =>
  ValidateBy(
    {
      name: 'isNetwork',
      validator: {
        validate: (text) => typeof text === 'string' && isNetwork(text),
        defaultMessage: () => '$property must each be a network in CIDR notation',
      },
    },
    { each: true },
  );

/** What a service may fetch that gets what callers name. */
export function withFetching<Base extends Constructor>(BaseConfig: Base) {
  abstract class FetchConfig extends BaseConfig {
    /** Networks that may be fetched from beside public ones, in CIDR notation. */
    @IsNetwork()
    fetchAllowedNetworks: string[] = [];

    @Matches(/^(?:[1-9]\d{0,4})$/, { each: true, message: '$property must each be a port' })
    fetchPorts: string[] = ['80', '443'];

    @IsIn(['http', 'https'], { each: true })
    fetchSchemes: string[] = ['http', 'https'];

    @IsInt()
    @Min(0)
    @Max(20)
    fetchMaxRedirects: number = 5;

    /** Until the data begins, over all redirects; a failure is told exactly then. */
    @IsInt()
    @Min(1)
    @Max(300)
    fetchAnswerSeconds: number = 10;

    /** A server that says nothing amid the data for so long is given up. */
    @IsInt()
    @Min(1)
    @Max(3_600)
    fetchSilenceSeconds: number = 60;

    /** Until the last byte. */
    @IsInt()
    @Min(1)
    @Max(604_800)
    fetchSeconds: number = 43_200;

    /** Certificates (PEM) to believe servers by, instead of the system's. */
    @IsString()
    fetchCaFile: string = '';

    /** As `SafeFetcher` takes it. */
    fetching(): SafeFetcherOptions {
      return {
        networks: new Networks(this.fetchAllowedNetworks),
        ports: this.fetchPorts.map(Number),
        schemes: this.fetchSchemes,
        maxRedirects: this.fetchMaxRedirects,
        answerWithinMs: this.fetchAnswerSeconds * 1_000,
        silenceMs: this.fetchSilenceSeconds * 1_000,
        wholeWithinMs: this.fetchSeconds * 1_000,
        ...(this.fetchCaFile === '' ? {} : { ca: readFileSync(this.fetchCaFile, 'utf8') }),
      };
    }
  }
  return FetchConfig;
}
