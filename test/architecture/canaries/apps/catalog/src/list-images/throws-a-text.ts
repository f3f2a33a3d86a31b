// lint canary: @typescript-eslint/only-throw-error
export const list = (): void => {
  throw 'not an error';
};
