import { IsInt, IsString, Max, Min } from 'class-validator';

type Constructor = abstract new (...args: any[]) => object;

const gibibyte = 1024 ** 3;

/** What a conversion may take, as settings of whoever runs it. */
export function withConversions<Base extends Constructor>(BaseConfig: Base) {
  abstract class ConversionConfig extends BaseConfig {
    /** Where conversions keep their files while they run; empty: the system's directory for such. */
    @IsString()
    scratchDir: string = '';

    /** The program that converts disk formats; a name is looked for where programs are installed. */
    @IsString()
    qemuImg: string = 'qemu-img';

    /** The largest file that a conversion may write, bytes. */
    @IsInt()
    @Min(1024 ** 2)
    conversionMaxBytes: number = 200 * gibibyte;

    /** Memory that a conversion may use, bytes. */
    @IsInt()
    @Min(128 * 1024 ** 2)
    conversionMemoryBytes: number = 2 * gibibyte;

    /** How long a conversion may take. */
    @IsInt()
    @Min(1)
    @Max(86_400)
    conversionSeconds: number = 7_200;
  }
  return ConversionConfig;
}
