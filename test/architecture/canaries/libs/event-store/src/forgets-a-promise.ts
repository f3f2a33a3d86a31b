// lint canary: @typescript-eslint/no-floating-promises
const append = async (): Promise<number> => 1;
export const handle = (): void => {
  append();
};
