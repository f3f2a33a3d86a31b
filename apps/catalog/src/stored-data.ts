import { IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, MaxLength, Min } from 'class-validator';

/** What is told of data that was received: counted, hashed and looked at on its way into the store. */
export class StoredData {
  @IsUUID('all')
  image_id!: string;

  @IsInt()
  @Min(0)
  size!: number;

  @Matches(/^[0-9a-f]{32}$/)
  checksum!: string;

  @IsIn(['sha512'])
  os_hash_algo!: string;

  @Matches(/^[0-9a-f]{128}$/)
  os_hash_value!: string;

  /** bytes; null when it is not known. */
  @IsOptional()
  @IsInt()
  @Min(0)
  virtual_size: number | null = null;

  /** What the data was recognised as; null when nobody looked. */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  content_format: string | null = null;
}
