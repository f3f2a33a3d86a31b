import net from 'node:net';
import tls from 'node:tls';
import kafkajs, { type ISocketFactory, type ISocketFactoryArgs, type Kafka as Client, type SASLOptions } from 'kafkajs';
import { calmRequestQueues } from './request-queue.js';

const { Kafka, logLevel } = kafkajs;
calmRequestQueues();
const KEEP_ALIVE_MS = 60_000;
const GOODBYE_MS = 3_000;

export interface KafkaConnectionOptions {
  /** `host:port`, any of the cluster's. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: tls.ConnectionOptions | undefined;
  readonly sasl?: SASLOptions | undefined;
  /** How connections are opened; by default as net and tls do it. */
  readonly socketFactory?: ISocketFactory | undefined;
}

/** Written out, for kafkajs has other defaults where NODE_ENV is `test`. Whoever asks has a loop of its own around it. */
export const retry = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/**
 * A client with connections of its own. Two consumers never share one: kafkajs keeps the committed offsets of a group per
 * client, and the second consumer would clear those of the first. Its log says nothing that its errors don't say.
 */
export function connectTo({
  brokers,
  clientId,
  tls: ssl,
  sasl,
  socketFactory = plainSocket,
}: KafkaConnectionOptions): Client {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    retry,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    logLevel: logLevel.NOTHING,
    socketFactory,
    ...(ssl ? { ssl } : {}),
    ...(sasl ? { sasl } : {}),
  });
}

/** The same connection, and a way to end all that was opened through it for good, whatever kafkajs still waits for. */
export function severable(connection: KafkaConnectionOptions): { connection: KafkaConnectionOptions; sever(): void } {
  const sockets = new Set<net.Socket>();
  const open = connection.socketFactory ?? plainSocket;
  let severed = false;
  const socketFactory: ISocketFactory = (wanted) => {
    const socket = open(wanted);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (severed) socket.destroy(new Error('severed'));
    return socket;
  };
  return {
    connection: { ...connection, socketFactory },
    sever: () => {
      severed = true;
      // An error, for kafkajs does not listen for a mere end of a socket: what waits for an answer would wait on.
      for (const socket of sockets) socket.destroy(new Error('severed'));
    },
  };
}

export interface Connected<One> {
  readonly client: One;
  end(): Promise<void>;
}

/**
 * A client with its end: a polite one, then that of all its connections. kafkajs opens new ones after its farewell, for what
 * is still under way, and those would stay.
 */
export async function connected<One extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
  through: KafkaConnectionOptions,
  make: (kafka: Client) => One,
): Promise<Connected<One>> {
  const { connection, sever } = severable(through);
  const client = make(connectTo(connection));
  const end = async () => {
    await within(GOODBYE_MS, client.disconnect());
    sever();
  };
  try {
    await client.connect();
    return { client, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function plainSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): net.Socket {
  const name = net.isIP(host) ? {} : { servername: host };
  const socket = ssl ? tls.connect({ host, port, ...name, ...ssl }, onConnect) : net.connect({ host, port }, onConnect);
  // kafkajs takes its leave of a dead socket again and again, and each time Node adds a listener.
  return socket.setKeepAlive(true, KEEP_ALIVE_MS).setMaxListeners(0);
}

/** True when it ended in time. kafkajs ends connections politely, and waits for answers that may never come. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const ended = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([ended, patience]);
  clearTimeout(timer);
  return inTime;
}
