import type { Problem } from './finding.js';

// The descriptor of a VMDK (VMware, Virtual Disk Format 1.1): lines of ASCII text, in any case, that say of which kind the
// disk is and in which files (extents) its data is. Only the two kinds whose one extent is this very file are safe.

/** As QEMU has it. */
export const longestDescriptor = 1024 * 1024 - 1;

const safeKinds = ['monolithicsparse', 'streamoptimized'];
const access = ['rw', 'rdonly', 'noaccess'];
const createType = 'createtype="';

/** Lower case, up to the padding; null when it is not ASCII. */
export function descriptorText(bytes: Buffer): string | null {
  const end = bytes.indexOf(0);
  const text = end === -1 ? bytes : bytes.subarray(0, end);
  return text.every((byte) => byte < 0x80) ? text.toString('latin1').toLowerCase() : null;
}

/** The kind of disk that the descriptor declares; null when it declares none. */
export function kindOf(text: string): string | null {
  const from = text.indexOf(createType);
  if (from === -1) return null;
  const kind = text.slice(from + createType.length, from + createType.length + 64);
  const end = kind.indexOf('"');
  return end === -1 ? null : kind.slice(0, end);
}

export function* descriptorProblems(text: string | null): Generator<Problem> {
  if (text === null || kindOf(text) === null) return yield 'bad-descriptor';
  if (!safeKinds.includes(kindOf(text)!) || text.split(createType).length > 2) yield 'unsafe-subformat';
  // Wherever it stands: QEMU looks for the word alone.
  if (text.includes('parentfilenamehint')) yield 'parent-disk';
  const lines = text.split('\n').map((line) => line.trim());
  const extents = lines.filter((line) => access.includes(firstWord(line)));
  if (lines.some((line) => !isUnderstood(line)) || extents.length === 0) yield 'bad-descriptor';
  if (extents.some((line) => /[/\\]/.test(line))) yield 'extent-path';
  if (extents.length > 1 || extents.some((line) => line.split(/\s+/, 3)[2] !== 'sparse')) yield 'external-data';
}

const firstWord = (line: string): string => line.split(' ', 1)[0]!;

function isUnderstood(line: string): boolean {
  if (line === '' || line.startsWith('#') || line.startsWith('ddb') || access.includes(firstWord(line))) return true;
  const equals = line.indexOf('=');
  return equals !== -1 && !line.slice(0, equals).includes(' ');
}
