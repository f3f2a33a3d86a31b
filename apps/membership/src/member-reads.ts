import { Inject, Injectable } from '@nestjs/common';
import { membershipStream } from '@cloud-images/contracts';
import type { Member } from '@cloud-images/image-model';
import type { CallerContext } from '@cloud-images/service-kit';
import { Catalog } from './catalog.js';
import { assertMembersOf, assertShared, type ShownImage } from './membership/shown-image.js';
import { MEMBERSHIPS, type Memberships } from './tokens.js';

/**
 * Members are read by folding the stream: at most 128 of them, and never older than what was acknowledged. The owner
 * sees all, a member itself only.
 */
@Injectable()
export class MemberReads {
  constructor(
    @Inject(MEMBERSHIPS) private readonly memberships: Memberships,
    @Inject(Catalog) private readonly catalog: Catalog,
  ) {}

  async visible(
    caller: CallerContext,
    imageId: string,
    operation: 'get_members' | 'get_member',
  ): Promise<{ readonly image: ShownImage; readonly members: [string, Member][] }> {
    const image = await this.catalog.show(caller, imageId);
    if (operation === 'get_members') assertShared(image);
    assertMembersOf(image, operation, caller.identity);
    const { state } = await this.memberships.load(membershipStream(image.image_id));
    const all = state.closed ? [] : [...state.members];
    const seesAll = image.relation !== 'member';
    return { image, members: seesAll ? all : all.filter(([id]) => id === caller.identity.project) };
  }
}
