import { Controller, Get, Inject, Param } from '@nestjs/common';
import { renderMember } from '@cloud-images/image-model';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { MemberReads } from '../member-reads.js';

@Controller()
export class ListMembers {
  constructor(@Inject(MemberReads) private readonly reads: MemberReads) {}

  @Get('v2/images/:id/members')
  async list(@Caller() caller: CallerContext, @Param('id') imageId: string) {
    const { image, members } = await this.reads.visible(caller, imageId, 'get_members');
    return {
      members: members.map(([id, member]) => renderMember(image.image_id, id, member)),
      schema: '/v2/schemas/members',
    };
  }
}
