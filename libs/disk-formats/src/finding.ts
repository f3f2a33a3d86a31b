/** What content can be recognised as. `gpt` and `mbr` are raw disks with a partition table; the rest of the world is `raw`. */
export type ContentFormat = 'raw' | 'qcow2' | 'qed' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'iso' | 'gpt' | 'mbr' | 'luks';

/**
 * What can be wrong with content, as a half sentence about it. `dangerous`: whoever opens such an image may be made to
 * read another file of its host, to follow rules that we don't know, or to fill its disk.
 */
export const problems = {
  'backing-file': { dangerous: true, says: 'it refers to a backing file' },
  'parent-disk': { dangerous: true, says: 'it refers to a parent disk' },
  'external-data': { dangerous: true, says: 'its data is in other files' },
  'extent-path': { dangerous: true, says: 'an extent of it is named by a path' },
  'unknown-features': { dangerous: true, says: 'it needs features that are not known' },
  'unknown-version': { dangerous: true, says: 'its version is not known' },
  'unsafe-subformat': { dangerous: true, says: 'it is of a kind that can refer to other files' },
  'bad-descriptor': { dangerous: true, says: 'its descriptor is missing, or has lines that are not understood' },
  'bad-footer': { dangerous: true, says: 'its footer contradicts its header' },
  'banned-format': { dangerous: true, says: 'nothing that reads it safely is known' },
  'several-formats': { dangerous: true, says: 'it can be read as several formats' },
  'absurd-virtual-size': { dangerous: true, says: 'its virtual size is beyond the limit' },
  malformed: { dangerous: false, says: 'its structure is damaged' },
  'bad-partition-table': { dangerous: false, says: 'its partition table is not valid' },
} as const;

export type Problem = keyof typeof problems;

/** What one format's examiner found in the content that it recognised. */
export interface Finding {
  readonly format: ContentFormat;
  /** bytes; null when the format doesn't say. Beyond 2^53 it is not exact. */
  readonly virtualSize: number | null;
  readonly problems: readonly Problem[];
}
