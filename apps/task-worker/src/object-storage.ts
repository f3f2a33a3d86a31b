import type { Readable } from 'node:stream';

/** Data in our own blob store, and what it hashes to: nobody needs to read it to know. */
export interface KeptData {
  readonly key: string;
  /** bytes */
  readonly size: number;
  /** md5, hex */
  readonly checksum: string;
  /** sha512, hex */
  readonly sha512: string;
}

/** An object as a task reads it. */
export interface StoredObject {
  /** bytes */
  readonly size: number;
  /** The task that made it; null when somebody put it there. */
  readonly origin: string | null;
  /** Null when its data has to be read. */
  readonly kept: KeptData | null;
  /** From its first byte to its last. Destroying the stream frees everything. */
  open(): Promise<Readable>;
}

/** An object to be made. */
export interface ObjectToMake {
  /** Project id. */
  readonly project: string;
  readonly container: string;
  readonly name: string;
  readonly contentType: string;
  /** The task that makes it. */
  readonly origin: string;
  readonly signal: AbortSignal;
}

export interface NewObject extends ObjectToMake {
  /** bytes; null when it is not known beforehand. */
  readonly size: number | null;
  readonly source: Readable;
}

export type Creation = 'created' | 'exists' | 'no container';

/**
 * Where users put VHDs and find exports, as tasks need it: Cloud Files of our own, or a Swift. Objects are whole or not
 * there. All throw the store's own errors while it is away.
 */
export interface ObjectStorage {
  find(project: string, container: string, name: string): Promise<StoredObject | 'no container' | 'no object'>;
  /** Never replaces an object: the first one stays, and of the second nothing is kept. */
  create(object: NewObject): Promise<Creation>;
  /** The same of data that the blob store copies by itself; absent where objects are elsewhere. `passed` hears how many bytes it has. */
  createOf?(object: ObjectToMake, data: KeptData, passed: (bytes: number) => void): Promise<Creation>;
  /** Removes the object when `origin` made it; false when there is none of it. */
  removeFrom(origin: string, project: string, container: string, name: string): Promise<boolean>;
}
