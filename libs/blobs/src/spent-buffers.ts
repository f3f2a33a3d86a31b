import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

/** A quarter of what V8 lets come from outside its heap before it marks all of it. */
const bytesBetween = 16 * 1024 * 1024;

let collect: Collect | undefined;
let spent = 0;

/**
 * To be told of every chunk that came from a socket. Node hands each out in a fresh buffer; after 64 MiB of them V8 marks
 * its whole heap, which costs a service of ours more than moving these bytes does, although nearly all of them are garbage
 * by then. They are young, too: to collect only what is young takes about a millisecond and finds them all.
 */
export function spentBuffer({ length }: Buffer): void {
  spent += length;
  if (spent < bytesBetween) return;
  spent = 0;
  collect ??= collector();
  collect({ type: 'minor' });
}

/** The function that `--expose-gc` makes; where a Node has none, nothing is lost but time. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  return (runInNewContext('globalThis.gc') as Collect | undefined) ?? (() => undefined);
}
