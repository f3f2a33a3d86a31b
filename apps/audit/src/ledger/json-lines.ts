/**
 * JSON texts as one parameter, which `string_to_array($n, E'\n')` takes apart again: JSON has no line break of its own, so
 * nothing need be escaped. As an array each quotation mark would be, and that cost more than sealing.
 */
export const jsonLines = (texts: readonly string[]): string => texts.join('\n');
