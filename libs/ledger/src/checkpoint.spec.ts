import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';
import {
  checkpointDigest,
  isEndorsedBy,
  isSignedBy,
  keyId,
  publishedKey,
  readPublicKey,
  signCheckpoint,
} from './checkpoint.js';

const first = generateKeyPairSync('ed25519');
const second = generateKeyPairSync('ed25519');
const body = {
  ledger: '0b1f6a0e-1111-4222-8333-444455556666',
  size: 7,
  root: '00'.repeat(32),
  time: '2026-11-24T10:00:00.000Z',
  previous: null,
  key_id: keyId(first.publicKey),
};

describe('canonical JSON', () => {
  it('has one spelling: sorted names, no spaces, ECMAScript’s numbers and texts', () => {
    // The example of RFC 8785, 3.2.2 and 3.2.3.
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ) as unknown;
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('given any JSON, then reading and writing it again changes nothing, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(reversed(JSON.parse(text)))).toBe(text);
      }),
    );
  });

  it('refuses what JSON can’t say', () => {
    expect(() => canonicalJson({ a: [Number.NaN] })).toThrow(TypeError);
    expect(() => canonicalJson([undefined])).toThrow(TypeError);
  });
});

describe('a checkpoint', () => {
  const checkpoint = signCheckpoint(body, first.privateKey);

  it('is believed with its key, and with no other', () => {
    expect(isSignedBy(checkpoint, first.publicKey)).toBe(true);
    expect(isSignedBy(checkpoint, second.publicKey)).toBe(false);
  });

  it.each([
    ['size', { size: 8 }],
    ['root', { root: '11'.repeat(32) }],
    ['time', { time: '2026-11-24T10:00:00.001Z' }],
    ['previous', { previous: '22'.repeat(32) }],
    ['ledger', { ledger: '0b1f6a0e-1111-4222-8333-444455556667' }],
    ['key', { key_id: 'ffffffffffffffff' }],
    ['signature', { signature: 'AAAA' }],
  ])('is not believed with another %s', (_what, change) => {
    expect(isSignedBy({ ...checkpoint, ...change }, first.publicKey)).toBe(false);
  });

  it('is named by what was signed, not by how it was signed', () => {
    expect(checkpointDigest(checkpoint)).toBe(checkpointDigest(body));
    expect(checkpointDigest({ ...body, size: 8 })).not.toBe(checkpointDigest(body));
  });
});

describe('a key that follows another', () => {
  const old = publishedKey(first.publicKey, null);
  const next = publishedKey(second.publicKey, { id: old.key_id, privateKey: first.privateKey });

  it('has the word of the one before', () => {
    expect(isEndorsedBy(next, old)).toBe(true);
    expect(readPublicKey(next)).toEqual(second.publicKey);
  });

  it('is not vouched for by itself, by nobody, or under another name', () => {
    const selfMade = publishedKey(second.publicKey, { id: old.key_id, privateKey: second.privateKey });
    const unsaid = publishedKey(second.publicKey, { id: old.key_id, privateKey: null });
    expect(isEndorsedBy(selfMade, old)).toBe(false);
    expect(isEndorsedBy(unsaid, old)).toBe(false);
    expect(isEndorsedBy(old, old)).toBe(false);
    expect(() => readPublicKey({ ...next, key_id: old.key_id })).toThrow(/not that key/);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
