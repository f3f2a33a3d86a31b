import { compressionOf, type Compression } from '@cloud-images/disk-formats';
import type { ContentRule } from '@cloud-images/image-data';
import { Refusal } from '@cloud-images/contracts';
import type { Bound } from '../conversion/converter.js';
import { isReadable } from '../conversion/file-work.js';
import { TaskFailure } from '../task/runner.js';

// What a site does with data that an import brings, where it is the disk itself (bare, ovf): what is in other containers
// stays as it came, and so do formats that are no disks of our converter (iso, ami, …).

export interface SiteOptions {
  readonly decompress: boolean;
  readonly convert_to: 'raw' | 'qcow2' | null;
}

export interface ReworkSteps {
  /** How the data is compressed; null: it is not, or stays so. */
  readonly compression: Compression | null;
  /** Null: it stays of its format. */
  readonly convertTo: 'raw' | 'qcow2' | null;
}

/** Null: the data stays as it came. `head`: its first bytes. */
export function stepsFor(
  rule: ContentRule | null,
  { decompress, convert_to: wanted }: SiteOptions,
  head: Buffer,
): ReworkSteps | null {
  if (rule === null) return null;
  const compression = decompress ? compressionOf(head) : null;
  const convertTo = wanted !== null && rule.disk_format !== wanted && isReadable(rule.disk_format) ? wanted : null;
  return compression === null && convertTo === null ? null : { compression, convertTo };
}

/** An image is no larger than it may be. */
export const boundOf = (maxSize: number): Bound => ({
  bytes: maxSize,
  beyond: () => new Refusal('image-too-large', `Image data may have at most ${maxSize} bytes.`),
});

/** What so many compressed bytes may become: an image, and not more times as much than a site takes for one. */
export function decompressedBound(size: number, maxRatio: number, maxSize: number): Bound {
  const bytes = size * maxRatio;
  if (bytes >= maxSize) return boundOf(maxSize);
  const says = `The data is more than ${maxRatio} times as large as what was sent; so much is not decompressed.`;
  return { bytes, beyond: () => new TaskFailure(says) };
}
