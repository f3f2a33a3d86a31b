/** What of a shown image depends on who asks: `ShownTo`. */
export const SHOWN_TO = Symbol('shown to');
