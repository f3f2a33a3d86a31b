import type { BlobLocator } from '@cloud-images/contracts';
import type { LocatedData } from '../catalog.js';
import type { KeptData } from '../object-storage.js';
import { TaskFailure } from '../task/runner.js';

// What an export is asked for, in Rackspace's words, and which images can be exported at all.

export interface ExportRequest {
  readonly imageId: string;
  readonly container: string;
}

/** Throws `TaskFailure` for what can't be exported as it was asked for. */
export function readExport(input: Readonly<Record<string, unknown>>): ExportRequest {
  const container = String(input['receiving_swift_container']);
  if (/[/?.]/.test(container)) {
    throw new TaskFailure("Invalid container name: it must not contain the characters '/', '?' or '.'.");
  }
  return { imageId: String(input['image_uuid']), container };
}

export interface Exportable {
  /** As the creator spelled it. */
  readonly imageId: string;
  readonly format: string;
  readonly data: KeptData;
}

/** Formats that a VHD is made of by a program. */
const convertible = ['qcow2', 'vmdk', 'vdi', 'vhdx'];
/** Formats that hold a disk as it is; a list of sectors is what a fixed VHD is. */
const raw = ['raw', 'iso', 'ami'];

/** How the data becomes a VHD. */
export function wayOf(format: string): 'as it is' | 'with a footer' | 'converted' | null {
  if (format === 'vhd') return 'as it is';
  if (raw.includes(format)) return 'with a footer';
  return convertible.includes(format) ? 'converted' : null;
}

/** Only its owner exports an image, and only one whose data may be read. */
export function exportable(image: LocatedData, project: string): Exportable {
  const { image_id: imageId, owner, status, disk_format: format, container_format: container, locator } = image;
  if (owner !== project) throw new TaskFailure('Only the owner of an image can export it.');
  if (status !== 'active') throw new TaskFailure(`An image that is ${status} can not be exported.`);
  const data = locator === null ? null : keptAt(locator);
  if (data === null) throw new TaskFailure('The image has no data.');
  if (container !== 'bare' && container !== 'ovf') {
    throw new TaskFailure(`Images in a container of format '${container}' can not be exported.`);
  }
  if (format === null || wayOf(format) === null) {
    throw new TaskFailure(`Images of disk format '${format}' can not be exported.`);
  }
  return { imageId, format, data };
}

function keptAt({ key, size, checksum, os_hash_value: sha512 }: BlobLocator): KeptData | null {
  return key === null || size === 0 ? null : { key, size, checksum, sha512 };
}

export const objectNameOf = (imageId: string): string => `${imageId}.vhd`;

export const objectExists = (imageId: string, container: string): TaskFailure =>
  new TaskFailure(`Swift already has an object with id '${objectNameOf(imageId)}' in container '${container}'`);

export const noContainer = (container: string): TaskFailure =>
  new TaskFailure(`Swift has no container '${container.slice(0, 256)}'`);
