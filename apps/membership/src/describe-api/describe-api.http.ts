import { Controller, Get } from '@nestjs/common';
import { servicePolicy } from '@cloud-images/contracts';
import { dtoSchema, OnlyVia } from '@cloud-images/service-kit';
import { AddMemberBody, UpdateMemberBody } from '../bodies.js';
import { memberSchema } from '../membership/member-schema.js';

const { properties } = memberSchema;
const schemas = {
  Member: { type: 'object', properties, required: Object.keys(properties) },
  Members: {
    type: 'object',
    required: ['members', 'schema'],
    properties: {
      members: { type: 'array', items: { $ref: '#/components/schemas/Member' } },
      schema: { type: 'string' },
    },
  },
  NewMember: dtoSchema(AddMemberBody),
  MemberAnswer: dtoSchema(UpdateMemberBody),
};

/** The schemas of what membership takes and gives, for the one document that the gateway serves of the whole API. */
@Controller()
export class DescribeApi {
  @Get('internal/api-schemas')
  @OnlyVia(...servicePolicy.describe_api)
  describe(): object {
    return schemas;
  }
}
