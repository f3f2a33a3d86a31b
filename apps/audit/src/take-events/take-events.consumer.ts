import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { topicOf } from '@cloud-images/contracts';
import { fromMessage, StoreUnavailable } from '@cloud-images/event-store';
import { PermanentFailure, type Delivery } from '@cloud-images/messaging';
import type { Arrival } from '../ledger/arrival.js';
import { Sealer } from '../ledger/sealer.js';
import { CatchUp } from './catch-up.js';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** As a log has its numbers of transactions and places. */
const counted = /^\d{1,20}$/;
const stream = /^(?:image|membership|task)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^security-[^\p{Cc}]{1,255}$/u;

/** Every event of every topic, into the ledger once. What the bus left out is fetched from the owner first. */
@Controller()
export class TakeEvents {
  constructor(
    @Inject(Sealer) private readonly sealer: Sealer,
    @Inject(CatchUp) private readonly catchUp: CatchUp,
  ) {}

  @EventPattern<Record<string, Delivery>>(topicOf.image)
  image(@Payload() delivery: Delivery): Promise<void> {
    return this.take(delivery, 'catalog');
  }

  @EventPattern<Record<string, Delivery>>(topicOf.member)
  member(@Payload() delivery: Delivery): Promise<void> {
    return this.take(delivery, 'membership');
  }

  @EventPattern<Record<string, Delivery>>(topicOf.task)
  task(@Payload() delivery: Delivery): Promise<void> {
    return this.take(delivery, 'task-worker');
  }

  @EventPattern<Record<string, Delivery>>(topicOf.security)
  security(@Payload() delivery: Delivery): Promise<void> {
    return this.take(delivery, 'gateway');
  }

  private async take(delivery: Delivery, owner: string): Promise<void> {
    try {
      const arrival = arrivalOf(delivery);
      await this.catchUp.isNear(owner);
      let [outcome] = await this.sealer.take([arrival]);
      const { stream: name, version } = arrival.event;
      if (outcome === 'gap') {
        await this.catchUp.fetch(owner);
        [outcome] = await this.sealer.take([arrival]);
        if (outcome === 'gap')
          throw new StoreUnavailable(`${name}: ${owner} does not have what comes before ${version}`);
      }
      if (outcome === 'doubtful') {
        const genuine = await this.catchUp.genuine(owner, arrival);
        if (genuine === null) throw new PermanentFailure(`${name}: ${owner} has no such event ${version}`);
        await this.sealer.take([genuine]);
      }
    } catch (error) {
      // Nest replaces any other error by a generic one; the consumer has to tell an outage from a bad message.
      throw new RpcException(error as Error);
    }
  }
}

/** Throws `PermanentFailure` for what is no event with a place in a log. */
function arrivalOf(delivery: Delivery): Arrival {
  const { ce_source: log = '', ce_number: text = '' } = delivery.headers;
  const number = Number(text);
  try {
    const event = fromMessage(delivery);
    const good = uuid.test(log) && uuid.test(event.event_id) && stream.test(event.stream);
    const placed = Number.isSafeInteger(number) && number > 0 && Number.isInteger(event.version) && event.version > 0;
    const found = counted.test(event.transaction_id) && counted.test(event.position);
    if (good && placed && found && typeof event.data === 'object' && event.data !== null) return { event, log, number };
  } catch (error) {
    throw new PermanentFailure(`no event: ${(error as Error).message}`);
  }
  throw new PermanentFailure('no event of a log');
}
