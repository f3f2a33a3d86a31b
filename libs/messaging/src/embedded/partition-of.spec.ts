import { murmur2, partitionOf } from './partition-of.js';

describe('partitionOf', () => {
  // Values of Kafka's own unit test (org.apache.kafka.common.utils.UtilsTest.testMurmur2).
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('stays within the partitions', () => {
    for (let i = 0; i < 1000; i += 1)
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).toContain(partitionOf(`key-${i}`, 12));
  });
});
