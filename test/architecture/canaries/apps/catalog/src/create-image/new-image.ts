export const slice = 1;
