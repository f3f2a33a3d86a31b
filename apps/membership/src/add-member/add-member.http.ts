import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, CONFIG, ValidBody, type CallerContext, type LimitsOf } from '@cloud-images/service-kit';
import { IsString, Length, Matches } from 'class-validator';
import type { MembershipConfig } from '../config.js';
import { MemberCommands } from '../member-commands.js';
import type { Member } from '../membership/membership.js';
import { renderMember } from '../membership/render-member.js';
import { addMember } from './add-member.js';

export class AddMemberBody {
  /** Project id of the consumer. */
  @IsString({ message: "'member' must be the id of a project." })
  @Length(1, 255, { message: "'member' must have 1 to 255 characters." })
  @Matches(/^[^\u0000-\u001f\ud800-\udfff]*$/, { message: "'member' must not have control characters." })
  member!: string;
}

@Controller()
export class AddMember {
  private readonly limitsOf: LimitsOf;

  constructor(
    @Inject(MemberCommands) private readonly commands: MemberCommands,
    @Inject(CONFIG) config: MembershipConfig,
  ) {
    this.limitsOf = config.limits(Infinity);
  }

  @Post('v2/images/:id/members')
  @HttpCode(200)
  async add(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Body(new ValidBody()) { member }: AddMemberBody,
  ) {
    const { image, state } = await this.commands.run(caller, imageId, member, (command, membership) =>
      addMember({ ...command, limit: this.limitsOf(command.image.owner).members }, membership),
    );
    return renderMember(image.image_id, member, state.members.get(member) as Member);
  }
}
