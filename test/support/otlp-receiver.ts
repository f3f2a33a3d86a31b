import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  /** Trace ids of linked spans. */
  readonly links: readonly string[];
}

/** A collector of traces: takes OTLP over HTTP (protobuf) and keeps the spans. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  private readonly server: Server = createServer((req, res) => {
    void body(req).then((bytes) => {
      if (req.url === '/v1/traces') this.spans.push(...spansIn(bytes));
      res.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of a trace once it has all of these (a name, or a service and a name); throws after `timeoutMs`, saying which it has. */
  async trace(traceId: string, names: readonly string[], timeoutMs = 15_000): Promise<ReceivedSpan[]> {
    for (const end = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const spans = this.spans.filter((span) => span.traceId === traceId);
      const seen = new Set(spans.flatMap(({ service, name }) => [name, `${service} ${name}`]));
      if (names.every((name) => seen.has(name))) return spans;
      if (Date.now() > end)
        throw new Error(`only ${spans.map(({ service, name }) => `${service} ${name}`).join(', ')}`);
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function body(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

// opentelemetry/proto/trace/v1/trace.proto: ResourceSpans 1, ScopeSpans 2, Span 2; of a span trace id 1, span id 2,
// parent 4, name 5, links 13; of a resource attributes 1 (key 1, value 2 with string 1).
function spansIn(request: Buffer): ReceivedSpan[] {
  return parts(request, 1).flatMap((resourceSpans) => {
    const attributes = parts(parts(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1);
    const named = attributes.find((attribute) => text(attribute, 1) === 'service.name');
    const service = named === undefined ? '' : text(parts(named, 2)[0] as Buffer, 1);
    const spans = parts(resourceSpans, 2).flatMap((scopeSpans) => parts(scopeSpans, 2));
    return spans.map((span) => ({
      service,
      name: text(span, 5),
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      parentSpanId: hex(span, 4),
      links: parts(span, 13).map((link) => hex(link, 1)),
    }));
  });
}

const text = (message: Buffer, field: number): string => parts(message, field)[0]?.toString('utf8') ?? '';
const hex = (message: Buffer, field: number): string => parts(message, field)[0]?.toString('hex') ?? '';

/** The length-delimited parts of a protobuf message that have this field number. */
function parts(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const length = varint();
      if (tag >>> 3 === wanted) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}
