import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { type Member, renderMember } from '@cloud-images/image-model';
import { Caller, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { MemberCommands } from '../member-commands.js';
import { UpdateMemberBody } from '../bodies.js';
import { updateMember } from './update-member.js';

@Controller()
export class UpdateMember {
  constructor(@Inject(MemberCommands) private readonly commands: MemberCommands) {}

  @Put('v2/images/:id/members/:member')
  async update(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Param('member') member: string,
    @Body(new ValidBody()) { status }: UpdateMemberBody,
  ) {
    const { image, state } = await this.commands.run(caller, imageId, member, (command, membership) =>
      updateMember({ ...command, status }, membership),
    );
    return renderMember(image.image_id, member, state.members.get(member) as Member);
  }
}
