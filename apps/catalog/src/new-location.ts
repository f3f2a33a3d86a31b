import { IsObject, IsOptional, IsString, Length } from 'class-validator';

/** The body of `POST …/locations`. */
export class NewLocation {
  @IsString({ message: "'url' must be a text." })
  @Length(1, 2_048, { message: "'url' must have 1 to 2048 characters." })
  url!: string;

  /** `os_hash_algo` and `os_hash_value` that the data is to have. */
  @IsOptional()
  @IsObject({ message: "'validation_data' must be an object." })
  validation_data?: object;
}
