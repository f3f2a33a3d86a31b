import { Refusal, type Identity } from '@cloud-images/contracts';
import { IsBoolean, IsObject, IsString } from 'class-validator';
import type { CloudFiles } from './cloud-files.js';
import { hasContainer } from './containers.query.js';
import { deleteAtIn } from './expiry.js';
import { assertOffered, metadataIn, withoutRemoved, type Metadata } from './metadata.js';
import { assertContainerName, assertObjectName, noContainer, ownProject } from './names.js';
import { findObject, type ObjectPath } from './objects.query.js';

/** An object that somebody wants to be there. */
export class ObjectAnnouncement {
  @IsString()
  account!: string;

  @IsString()
  container!: string;

  @IsString()
  object!: string;

  @IsBoolean()
  if_absent!: boolean;

  /** `X-Object-Meta-…` as they were sent. */
  @IsObject()
  headers!: Record<string, string>;
}

export interface PreparedObject {
  readonly path: ObjectPath;
  readonly metadata: Metadata;
  /** Seconds since 1970; null: it stays. */
  readonly deleteAt: number | null;
}

export const exists = (): Refusal => new Refusal('precondition-failed', 'There is an object of that name.');

/** What is known before its data comes. Throws a `Refusal` when there can be no such object. */
export async function prepared(
  { sql }: Pick<CloudFiles, 'sql'>,
  identity: Identity,
  wanted: ObjectAnnouncement,
): Promise<PreparedObject> {
  const project = ownProject('write_files', identity, wanted.account);
  const { container, object: name } = wanted;
  assertContainerName(container);
  assertObjectName(name);
  assertOffered(wanted.headers);
  const metadata = withoutRemoved(metadataIn(wanted.headers, 'object'));
  const deleteAt = deleteAtIn(wanted.headers);
  const path = { project, container, name };
  if (!(await hasContainer(sql, path))) throw noContainer();
  if (wanted.if_absent && (await findObject(sql, path)) !== null) throw exists();
  return { path, metadata, deleteAt };
}
