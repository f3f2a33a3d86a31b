import { Renewable } from './renewable.js';

describe('a renewable client', () => {
  let opened: number;
  let ended: number[];
  let client: Renewable<number>;
  beforeEach(() => {
    opened = 0;
    ended = [];
    client = new Renewable(
      async () => (opened += 1),
      async (which) => void ended.push(which),
    );
  });
  const fail = async () => {
    throw new Error('lost');
  };

  it('is opened once, when it is first used', async () => {
    expect(opened).toBe(0);
    expect(await Promise.all([client.use(async (which) => which), client.use(async (which) => which)])).toEqual([1, 1]);
  });

  it('given an error, then it is ended and the next use has a new one', async () => {
    await expect(client.use(fail)).rejects.toThrow('lost');
    expect(await client.use(async (which) => which)).toBe(2);
    expect(ended).toEqual([1]);
  });

  it('given an error of one user, then another may finish with the old one', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = client.use(async (which) => promise.then(() => which));
    await expect(client.use(fail)).rejects.toThrow('lost');
    expect(ended).toEqual([]);
    resolve();
    expect(await slow).toBe(1);
    expect(ended).toEqual([1]);
  });

  it('given that it could not be opened, then the next use tries again', async () => {
    let away = true;
    const patient = new Renewable(
      async () => (away ? fail() : 7),
      async () => undefined,
    );
    await expect(patient.use(async (which) => which)).rejects.toThrow('lost');
    away = false;
    expect(await patient.use(async (which) => which)).toBe(7);
  });

  it('given that it is closed, then nobody may use it', async () => {
    await client.use(async () => undefined);
    await client.close();
    expect(ended).toEqual([1]);
    await expect(client.use(async () => undefined)).rejects.toThrow('closed');
  });
});
