import { isNetwork, Networks } from './networks.js';

const open = new Networks();

describe('addresses that are fetched from', () => {
  it.each(['8.8.8.8', '1.1.1.1', '193.0.0.1', '2606:4700::1111', '2a00:1450:4001:80b::200e', '::ffff:8.8.8.8'])(
    'takes %s, which is public',
    (address) => expect(open.allow(address)).toBe(true),
  );

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254'],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.168.1.1', '198.18.0.1'],
    ...['198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1'],
    ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1', 'fc00::1'],
    ...['fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', 'no address', '', '1.2.3'],
  ])('refuses %p', (address) => expect(open.allow(address)).toBe(false));

  it('takes the networks of a site, and no others of their kind', () => {
    const site = new Networks(['10.1.0.0/16', 'fd12:3456::/32', '127.0.1.1/32']);
    expect(['10.1.2.3', 'fd12:3456::9', '127.0.1.1', '::ffff:10.1.2.3'].every((one) => site.allow(one))).toBe(true);
    expect(['10.2.0.1', 'fd12:3457::9', '127.0.1.2', '127.0.0.1'].some((one) => site.allow(one))).toBe(false);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '010.0.0.0/8', '0x0a000000/8', '10/8', 'x', '', '::/129'])(
    'does not take %p for a network',
    (text) => {
      expect(isNetwork(text)).toBe(false);
      expect(() => new Networks([text])).toThrow(TypeError);
    },
  );
});
