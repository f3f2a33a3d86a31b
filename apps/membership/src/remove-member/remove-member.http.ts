import { Controller, Delete, HttpCode, Inject, Param } from '@nestjs/common';
import { Caller, type CallerContext } from '@cloud-images/service-kit';
import { MemberCommands } from '../member-commands.js';
import { removeMember } from './remove-member.js';

@Controller()
export class RemoveMember {
  constructor(@Inject(MemberCommands) private readonly commands: MemberCommands) {}

  @Delete('v2/images/:id/members/:member')
  @HttpCode(204)
  async remove(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Param('member') member: string,
  ): Promise<void> {
    await this.commands.run(caller, imageId, member, removeMember);
  }
}
