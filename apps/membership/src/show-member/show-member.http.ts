import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import { renderMember } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { MemberReads } from '../member-reads.js';
import { memberNotFound } from '../membership/shown-image.js';

/** Whatever the reason, the answer to a question about somebody else's membership is the same (facts 1.3). */
@Controller()
export class ShowMember {
  constructor(@Inject(MemberReads) private readonly reads: MemberReads) {}

  @Get('v2/images/:id/members/:member')
  async show(@Caller() caller: CallerContext, @Param('id') imageId: string, @Param('member') memberId: string) {
    const { image, members } = await this.reads.visible(caller, imageId, 'get_member').catch((error: unknown) => {
      throw error instanceof Refusal ? memberNotFound() : error;
    });
    const found = members.find(([id]) => id === memberId);
    if (!found) throw memberNotFound();
    return renderMember(image.image_id, memberId, found[1]);
  }
}
