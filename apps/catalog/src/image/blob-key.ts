/** Where an attempt's data lies in the store: drawn with the attempt, never used again, spread over 65,536 directories. */
export const blobKeyOf = (attempt: string): string => `images/${attempt.slice(0, 2)}/${attempt.slice(2, 4)}/${attempt}`;

/** All keys of image data begin so. */
export const blobKeyPrefix = 'images/';
