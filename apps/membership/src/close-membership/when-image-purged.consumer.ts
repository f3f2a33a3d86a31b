import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { membershipStream, streamId, topicOf, type RecordedEvent } from '@cloud-images/contracts';
import { eventTypeOf, fromMessage } from '@cloud-images/event-store';
import type { Delivery } from '@cloud-images/messaging';
import { MEMBERSHIPS, type Memberships } from '../tokens.js';
import { closeMembership } from './close-membership.js';

const forGood = new Set(['ImageDeleted', 'ImagePurged']);

/** What this service has no use for, so that the bus need not hand it over: all events of images but those. */
export const ofNoUse = `^cloud-images\\.image\\.(?!(?:${[...forGood].join('|')})\\.)[A-Za-z]+\\.v[0-9]+$`;

/** The command changes nothing the second time, so a delivery may come as often as it likes. */
@Controller()
export class WhenImagePurged {
  constructor(@Inject(MEMBERSHIPS) private readonly memberships: Memberships) {}

  @EventPattern<Record<string, Delivery>>(topicOf.image)
  async take(@Payload() delivery: Delivery): Promise<void> {
    try {
      if (forGood.has(eventTypeOf(delivery))) await this.close(fromMessage(delivery));
    } catch (error) {
      // Nest replaces any other error by a generic one; the consumer has to tell an outage from a bad message.
      throw new RpcException(error as Error);
    }
  }

  private async close(event: RecordedEvent): Promise<void> {
    const imageId = streamId(event.stream);
    await this.memberships.handle({
      stream: membershipStream(imageId),
      metadata: {
        actor: { user: 'membership', project: null, roles: [], via: 'membership' },
        request_id: event.metadata.request_id,
        correlation_id: event.metadata.correlation_id,
        causation_id: event.event_id,
      },
      decide: (state, { version }) => closeMembership(imageId, state, version),
    });
  }
}
