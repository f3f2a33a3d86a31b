import type { RelayMessage } from '../relay/cloud-event.js';
import type { RelayPublisher } from '../relay/relay.js';

const PARTITIONS = 3;

/** A topic in memory that keeps what was sent and in which order it came, over wipes too. */
export class RecordingTopic {
  /** All that ever arrived, oldest first. */
  readonly arrived: RelayMessage[] = [];
  /** What the topic holds: empty after a wipe. */
  private held: RelayMessage[] = [];
  /** Called when a batch comes in, before it is taken; may throw (the bus is away) or wait (it is slow). */
  onBatch: (messages: readonly RelayMessage[]) => void | Promise<void> = () => undefined;
  /** Called when a batch was taken and before the publisher hears so; may throw: sent, and not acknowledged. */
  onTaken: () => void = () => undefined;

  publisher(): RelayPublisher {
    return {
      publish: async (messages) => {
        await this.onBatch(messages);
        this.arrived.push(...messages);
        this.held.push(...messages);
        this.onTaken();
      },
      endOffsets: async () => {
        const ends = new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0]));
        for (const { key } of this.held) ends.set(partitionOf(key), (ends.get(partitionOf(key)) ?? 0) + 1);
        return new Map([...ends].map(([partition, end]) => [partition, String(end)]));
      },
    };
  }

  wipe(): void {
    this.held = [];
  }

  /** The numbers on the topic now, in the order of their first arrival. */
  numbers(): number[] {
    return [...new Set(this.held.map(numberOf))];
  }
}

export const numberOf = ({ headers }: RelayMessage): number => Number(headers['ce_number']);

const partitionOf = (key: string): number => [...key].reduce((sum, char) => sum + char.charCodeAt(0), 0) % PARTITIONS;
