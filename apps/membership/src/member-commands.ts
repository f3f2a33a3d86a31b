import { channel } from 'node:diagnostics_channel';
import { Inject, Injectable } from '@nestjs/common';
import { membershipStream, Refusal, type Identity, type MemberEvent } from '@cloud-images/contracts';
import type { Command } from '@cloud-images/event-store';
import type { Membership } from '@cloud-images/image-model';
import { metadataOf, type CallerContext } from '@cloud-images/service-kit';
import { Catalog } from './catalog.js';
import type { ShownImage } from './membership/shown-image.js';
import { MEMBERSHIPS, type Memberships } from './tokens.js';

const pushBegun = channel('cloud-images:push.begun');
const pushDone = channel('cloud-images:push.done');

export interface MemberCommand {
  readonly image: ShownImage;
  readonly member: string;
  readonly caller: Identity;
}

/** Commands of users on the members of one image. */
@Injectable()
export class MemberCommands {
  constructor(
    @Inject(MEMBERSHIPS) private readonly memberships: Memberships,
    @Inject(Catalog) private readonly catalog: Catalog,
  ) {}

  /**
   * Shows the image as the caller, decides, records, and answers once the catalog has it. What was recorded before and
   * not yet told (the last answer was 503) is told now, also when this command is refused or changes nothing.
   */
  async run(
    caller: CallerContext,
    imageId: string,
    member: string,
    decide: (command: MemberCommand, state: Membership) => MemberEvent[],
    alongside?: (image: ShownImage) => Command<Membership, MemberEvent>['alongside'],
  ): Promise<{ readonly image: ShownImage; readonly state: Membership }> {
    const image = await this.catalog.show(caller, imageId);
    const stream = membershipStream(image.image_id);
    const beside = alongside?.(image);
    let seen = 0;
    try {
      const { state, version } = await this.memberships.handle({
        stream,
        metadata: metadataOf(caller),
        context: caller.context,
        ...(beside ? { alongside: beside } : {}),
        decide: (now, at) => {
          seen = at.version;
          return decide({ image, member, caller: caller.identity }, now);
        },
      });
      pushBegun.publish(undefined);
      await this.catalog.push(stream, version);
      pushDone.publish(undefined);
      return { image, state };
    } catch (error) {
      if (error instanceof Refusal) await this.catalog.push(stream, seen);
      throw error;
    }
  }

  /** What was recorded of the image's members is known to the catalog when this returns. */
  async tell(caller: CallerContext, imageId: string): Promise<void> {
    const image = await this.catalog.show(caller, imageId);
    const stream = membershipStream(image.image_id);
    const { version } = await this.memberships.load(stream);
    await this.catalog.push(stream, version);
  }
}
