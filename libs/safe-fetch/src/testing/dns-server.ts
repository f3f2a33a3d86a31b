import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

const typeA = 1;
const typeAAAA = 28;

/** What a name means, the `asked`-th time that its IPv4 addresses are asked for; null: there is no such name. */
export type Zone = (name: string, asked: number) => readonly string[] | null;

/** A name server of our own (RFC 1035) on 127.0.0.1, whose answers live for 0 seconds and may change each time. */
export class TestNameServer {
  private readonly socket: Socket = createSocket('udp4');
  private readonly asked = new Map<string, number>();

  constructor(private readonly zone: Zone) {
    this.socket.on('message', (query, { port, address }) => this.socket.send(this.answer(query), port, address));
  }

  async start(): Promise<string> {
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return `127.0.0.1:${this.socket.address().port}`;
  }

  stop(): void {
    this.socket.close();
  }

  timesAsked(name: string): number {
    return this.asked.get(name) ?? 0;
  }

  private answer(query: Buffer): Buffer {
    const { name, end } = nameIn(query);
    const type = query.readUInt16BE(end);
    if (type === typeA) this.asked.set(name, this.timesAsked(name) + 1);
    const addresses = this.zone(name, this.timesAsked(name));
    const records = (addresses ?? [])
      .filter((address) => isIPv4(address) === (type === typeA))
      .map((address) => record(type, address));
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | (addresses === null ? 3 : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, query.subarray(12, end + 4), ...records]);
  }
}

function nameIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** The name of a record is a pointer to that of the question. */
function record(type: number, address: string): Buffer {
  const data = type === typeAAAA ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [front = '', back] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [first, last] = [groups(front), groups(back ?? '')];
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  const bytes = Buffer.alloc(16);
  all.forEach((group, at) => bytes.writeUInt16BE(group, at * 2));
  return bytes;
}
