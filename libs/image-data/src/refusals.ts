import { Refusal } from '@cloud-images/contracts';

export const tooLarge = (maxSize: number): Refusal =>
  new Refusal('image-too-large', `Image data may have at most ${maxSize} bytes.`);

/** Both in bytes. */
export function assertFits(size: number, maxSize: number): void {
  if (size > maxSize) throw tooLarge(maxSize);
}

export const storageFull = (): Refusal => new Refusal('storage-full', 'There is no room for this image data.');
