import type { Message, Publisher } from '../port.js';
import { Sender } from './sender.js';
import type { Topics } from './topics.js';
import type { KafkaConnectionOptions } from './connection.js';

export class KafkaPublisher implements Publisher {
  private readonly sender: Sender;

  constructor(
    connection: KafkaConnectionOptions,
    private readonly topics: Topics,
  ) {
    this.sender = new Sender(connection);
  }

  async publish(messages: readonly Message[]): Promise<void> {
    await this.topics.remaking(
      messages.map(({ topic }) => topic),
      () => this.sender.send(messages),
    );
  }

  endOffsets(topic: string): Promise<ReadonlyMap<number, string>> {
    return this.topics.ends(topic);
  }

  close(): Promise<void> {
    return this.sender.close();
  }
}
