import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** All of IPv6 that is handed out to the public (RFC 4291, 2.4), before its special parts are taken off. */
const globalUnicast = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** Public by their number, and yet the inside of a cloud: where a virtual machine is told who it is, and its keys. */
const metadataServices = ['168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'].map(parsed);
/** Special parts of the global unicast space that the library does not name, or names only since a later version. */
const specialIPv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'].map(parsed);

/**
 * Which addresses may be connected to: public ones, and the networks that a site allows. Everything else (private,
 * loopback, link-local, multicast, reserved, tunnels that carry another address within) may not.
 */
export class Networks {
  private readonly allowed: readonly Network[];

  /** `allowed`: networks in CIDR notation; throws for what is none. */
  constructor(allowed: readonly string[] = []) {
    this.allowed = allowed.map(parsed);
  }

  /** Of an address in text; false for what is no address. */
  allow(text: string): boolean {
    if (isIP(text) === 0 || !ipaddr.isValid(text)) return false;
    // An IPv4 address within an IPv6 one is what the system would connect to.
    const address = ipaddr.process(text);
    return this.allowed.some((network) => isIn(address, network)) || isPublic(address);
  }
}

/** Whether a text is a network in CIDR notation, in the usual spelling. */
export function isNetwork(text: string): boolean {
  const [address = ''] = text.split('/', 1);
  return ipaddr.isValidCIDR(text) && (ipaddr.IPv6.isValid(address) || ipaddr.IPv4.isValidFourPartDecimal(address));
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || metadataServices.some((network) => isIn(address, network))) return false;
  if (address.kind() === 'ipv4') return true;
  return isIn(address, globalUnicast) && !specialIPv6.some((network) => isIn(address, network));
}

const isIn = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

function parsed(text: string): Network {
  if (!isNetwork(text)) throw new TypeError(`${text} is not a network`);
  return ipaddr.parseCIDR(text);
}
