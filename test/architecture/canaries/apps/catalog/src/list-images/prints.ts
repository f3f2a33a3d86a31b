// lint canary: no-console
export const list = (): void => console.log('listed');
