import { Controller, Get } from '@nestjs/common';
import { memberSchema as member, membersSchema as members } from '../membership/member-schema.js';

@Controller()
export class ShowSchema {
  @Get('v2/schemas/member')
  ofMember() {
    return member;
  }

  @Get('v2/schemas/members')
  ofMembers() {
    return members;
  }
}
