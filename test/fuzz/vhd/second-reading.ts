/**
 * Why a file is no VHD that can be imported, by a reading of the specification that shares no line with the service's; null
 * when this reading finds nothing. It knows only what is beyond doubt: whatever it calls broken must not pass.
 */
export function brokenIn(file: Buffer): string | null {
  if (file.length < 512) return 'shorter than a footer';
  const footer = new DataView(file.buffer, file.byteOffset + file.length - 512, 512);
  if (textAt(footer, 0, 8) !== 'conectix') return 'no cookie';
  if (footer.getUint32(64) !== onesComplement(footer, 512, 64)) return 'wrong checksum of the footer';
  const type = footer.getUint32(60);
  if (type !== 2 && type !== 3) return `type ${type}`;
  if (Array.from({ length: 16 }, (_, at) => footer.getUint8(68 + at)).every((byte) => byte === 0)) return 'no id';
  const size = footer.getBigUint64(48);
  if (size > 40n << 30n) return 'a disk of more than 40 GiB';
  if (type === 2) return BigInt(file.length - 512) === size ? null : 'data of another length than the disk';
  const headerAt = footer.getBigUint64(16);
  if (headerAt + 1024n > BigInt(file.length)) return 'no room for a header';
  const header = new DataView(file.buffer, file.byteOffset + Number(headerAt), 1024);
  if (textAt(header, 0, 8) !== 'cxsparse') return 'no header';
  if (header.getUint32(36) !== onesComplement(header, 1024, 36)) return 'wrong checksum of the header';
  const entries = BigInt(header.getUint32(28));
  if (entries * BigInt(header.getUint32(32)) < size) return 'a table that is too short';
  return header.getBigUint64(16) + entries * 4n > BigInt(file.length) ? 'a table behind the end' : null;
}

const textAt = (view: DataView, at: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, nth) => view.getUint8(at + nth)));

function onesComplement(view: DataView, length: number, but: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 1) if (at < but || at > but + 3) sum += view.getUint8(at);
  return (0xffff_ffff ^ sum) >>> 0;
}
