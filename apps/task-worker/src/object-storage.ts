import type { Readable } from 'node:stream';

/** An object as a task reads it. */
export interface StoredObject {
  /** bytes */
  readonly size: number;
  /** The task that made it; null when somebody put it there. */
  readonly origin: string | null;
  /** From its first byte to its last. Destroying the stream frees everything. */
  open(): Promise<Readable>;
}

export interface NewObject {
  /** Project id. */
  readonly project: string;
  readonly container: string;
  readonly name: string;
  readonly contentType: string;
  /** The task that makes it. */
  readonly origin: string;
  /** bytes; null when it is not known beforehand. */
  readonly size: number | null;
  readonly source: Readable;
  readonly signal: AbortSignal;
}

/**
 * Where users put VHDs and find exports, as tasks need it: Cloud Files of our own, or a Swift. Objects are whole or not
 * there. All throw the store's own errors while it is away.
 */
export interface ObjectStorage {
  find(project: string, container: string, name: string): Promise<StoredObject | 'no container' | 'no object'>;
  /** Never replaces an object: the first one stays, and of the second nothing is kept. */
  create(object: NewObject): Promise<'created' | 'exists' | 'no container'>;
  /** Removes the object when `origin` made it; false when there is none of it. */
  removeFrom(origin: string, project: string, container: string, name: string): Promise<boolean>;
}
