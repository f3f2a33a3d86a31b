import type { Image } from '@cloud-images/image-model';

/** What the data must be, for whoever receives it. */
export interface ContentRule {
  readonly disk_format: string;
  readonly check: 'refuse' | 'record';
  /** bytes */
  readonly max_virtual_size: number;
  /** Compressed data is taken as what it is: the import that decompresses it looks at what is in it. */
  readonly may_be_compressed?: boolean;
}

/** Containers in which the data is the disk itself. */
const inspected = ['bare', 'ovf'];

/** Null: the data is in a container, and nobody looks into it. */
export function contentRule(
  { container_format, disk_format }: Pick<Image, 'container_format' | 'disk_format'>,
  limits: { readonly contentCheck: ContentRule['check']; readonly maxVirtualBytes: number },
): ContentRule | null {
  if (disk_format === null || container_format === null || !inspected.includes(container_format)) return null;
  return { disk_format, check: limits.contentCheck, max_virtual_size: limits.maxVirtualBytes };
}
