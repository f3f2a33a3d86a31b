import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { topicOf } from '@cloud-images/contracts';
import { fromMessage, type Inbox } from '@cloud-images/event-store';
import { PermanentFailure, type Delivery } from '@cloud-images/messaging';
import { isMemberEvent, MEMBER_INBOX } from './member-inbox.js';

/** The second way that member events come; whichever is first has the effect. */
@Controller()
export class ConsumeMemberEvents {
  constructor(@Inject(MEMBER_INBOX) private readonly inbox: Inbox) {}

  @EventPattern<Record<string, Delivery>>(topicOf.member)
  async consume(@Payload() delivery: Delivery): Promise<void> {
    try {
      const event = fromMessage(delivery);
      if (!isMemberEvent(event)) throw new PermanentFailure(`${event.stream}/${event.version} is no member event`);
      await this.inbox.receive(event);
    } catch (error) {
      // Nest replaces any other error by a generic one; the consumer has to tell an outage from a bad message.
      throw new RpcException(error as Error);
    }
  }
}
