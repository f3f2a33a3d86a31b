import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { onceOnly, type RememberedAnswer, type SqlExecutor } from '@cloud-images/event-store';
import { type Member, type Membership, renderMember } from '@cloud-images/image-model';
import { Caller, CONFIG, repeatable, ValidBody, type CallerContext, type LimitsOf } from '@cloud-images/service-kit';
import type { MembershipConfig } from '../config.js';
import { MemberCommands } from '../member-commands.js';
import { AddMemberBody } from '../bodies.js';
import type { ShownImage } from '../membership/shown-image.js';
import { SQL } from '../tokens.js';
import { addMember } from './add-member.js';

/** What is used of Fastify's. */
interface Reply {
  header(name: string, value: string): unknown;
}

@Controller()
export class AddMember {
  private readonly limitsOf: LimitsOf;

  constructor(
    @Inject(MemberCommands) private readonly commands: MemberCommands,
    @Inject(SQL) private readonly sql: SqlExecutor,
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
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<unknown> {
    const request = repeatable(key, caller, 'add member', imageId.toLowerCase(), member);
    const answer = await onceOnly(this.sql, request, async (remember) => {
      const { image, state } = await this.commands.run(
        caller,
        imageId,
        member,
        (command, membership) =>
          addMember({ ...command, limit: this.limitsOf(command.image.owner).members }, membership),
        (shown) => (remember === null ? undefined : (sql, { after }) => remember(sql, answerOf(shown, member, after))),
      );
      return answerOf(image, member, state);
    });
    if (answer.repeated) {
      await this.commands.tell(caller, imageId);
      reply.header('idempotent-replayed', 'true');
    }
    return JSON.parse(answer.body);
  }
}

const answerOf = (image: ShownImage, member: string, state: Membership): RememberedAnswer => ({
  status: 200,
  headers: {},
  body: JSON.stringify(renderMember(image.image_id, member, state.members.get(member) as Member)),
});
