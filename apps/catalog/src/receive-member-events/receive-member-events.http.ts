import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { Refusal, servicePolicy, type RecordedEvent } from '@cloud-images/contracts';
import type { Inbox } from '@cloud-images/event-store';
import { OnlyVia } from '@cloud-images/service-kit';
import { isMemberEvent, MEMBER_INBOX } from './member-inbox.js';

/**
 * Membership tells what just happened to one image's members, in order, and waits until it shows here: so that who
 * accepts sees the image at once, and who is unshared gets 404. Where something is missing the answer says what is had.
 */
@Controller()
export class ReceiveMemberEvents {
  constructor(@Inject(MEMBER_INBOX) private readonly inbox: Inbox) {}

  @Post('internal/member-events')
  @HttpCode(200)
  @OnlyVia(...servicePolicy.push_member_events)
  async receive(@Body() body: unknown): Promise<{ have: number }> {
    return this.inbox.receiveMany(eventsOf(body));
  }
}

function eventsOf(body: unknown): RecordedEvent[] {
  const events = (body as { events?: RecordedEvent[] } | null | undefined)?.events;
  if (!Array.isArray(events) || events.length === 0 || !events.every(isMemberEvent)) {
    throw new Refusal('invalid-body', "'events' holds the member events of one image.");
  }
  const [first] = events as [RecordedEvent];
  if (!events.every((event, i) => event.stream === first.stream && event.version === first.version + i)) {
    throw new Refusal('invalid-body', "'events' are of one stream, one after the other.");
  }
  return events;
}
