import type { DynamicModule, Type } from '@nestjs/common';
import { topicOf } from '@cloud-images/contracts';
import { logReader, type PostgresEventStore } from '@cloud-images/event-store';
import { AddMember } from './add-member/add-member.http.js';
import { Catalog } from './catalog.js';
import { WhenImagePurged } from './close-membership/when-image-purged.consumer.js';
import { ListMembers } from './list-members/list-members.http.js';
import { MemberCommands } from './member-commands.js';
import { MemberReads } from './member-reads.js';
import { ReadEvents } from './read-events/read-events.http.js';
import { ReadLog } from './read-log/read-log.http.js';
import { RemoveMember } from './remove-member/remove-member.http.js';
import { ShowMember } from './show-member/show-member.http.js';
import { ShowSchema } from './show-schema/show-schema.http.js';
import { EVENT_STORE, LOG_READER, MEMBERSHIPS, type Memberships } from './tokens.js';
import { UpdateMember } from './update-member/update-member.http.js';

const slices: Type[] = [
  AddMember,
  UpdateMember,
  RemoveMember,
  ListMembers,
  ShowMember,
  ShowSchema,
  ReadEvents,
  ReadLog,
];

export interface MembershipParts {
  readonly store: PostgresEventStore;
  readonly memberships: Memberships;
  readonly catalog: Catalog;
}

export class MembershipModule {
  static with({ store, memberships, catalog }: MembershipParts): DynamicModule {
    return {
      module: MembershipModule,
      controllers: [...slices, WhenImagePurged],
      providers: [
        MemberCommands,
        MemberReads,
        { provide: Catalog, useValue: catalog },
        { provide: MEMBERSHIPS, useValue: memberships },
        { provide: EVENT_STORE, useValue: store },
        { provide: LOG_READER, useValue: logReader(store.pool, topicOf.member) },
      ],
    };
  }
}
