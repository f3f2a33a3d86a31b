export const aggregate = 1;
