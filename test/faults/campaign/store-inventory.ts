import { BUCKET, type FaultStack } from './stack.ts';

export interface Inventory {
  readonly keys: ReadonlySet<string>;
  /** Multipart uploads that have not ended: as the store keeps them, since it lists only some of them. */
  readonly unfinished: readonly string[];
}

/** Everything in the object store, asked as its owner. */
export async function inventoryOf(stack: FaultStack): Promise<Inventory> {
  const keys = new Set<string>();
  for await (const object of stack.objects().listObjectsV2(BUCKET, '', true)) {
    const { name } = object as { name?: string };
    if (name !== undefined) keys.add(name);
  }
  const list = 'for f in /data/.minio.sys/multipart/*/*/xl.meta; do [ -e "$f" ] && echo "$f"; done; true';
  const found = await stack.project.exec('minio', ['sh', '-c', list]);
  return { keys, unfinished: found.split('\n').filter((line) => line !== '') };
}
