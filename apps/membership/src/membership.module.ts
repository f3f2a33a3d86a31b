import type { DynamicModule, Type } from '@nestjs/common';
import { topicOf } from '@cloud-images/contracts';
import {
  logReader,
  personEraser,
  requestContextReader,
  type PostgresEventStore,
  type SqlExecutor,
} from '@cloud-images/event-store';
import { ErasePerson, PERSON_ERASER, ReadRequestContexts, REQUEST_CONTEXTS } from '@cloud-images/service-kit';
import { AddMember } from './add-member/add-member.http.js';
import { Catalog } from './catalog.js';
import { WhenImagePurged } from './close-membership/when-image-purged.consumer.js';
import { DescribeApi } from './describe-api/describe-api.http.js';
import { ListMembers } from './list-members/list-members.http.js';
import { MemberCommands } from './member-commands.js';
import { MemberReads } from './member-reads.js';
import { ReadEvents } from './read-events/read-events.http.js';
import { ReadLog } from './read-log/read-log.http.js';
import { RemoveMember } from './remove-member/remove-member.http.js';
import { ShowMember } from './show-member/show-member.http.js';
import { ShowSchema } from './show-schema/show-schema.http.js';
import { EVENT_STORE, LOG_READER, MEMBERSHIPS, SQL, type Memberships } from './tokens.js';
import { UpdateMember } from './update-member/update-member.http.js';

const slices: Type[] = [
  AddMember,
  UpdateMember,
  RemoveMember,
  ListMembers,
  ShowMember,
  ShowSchema,
  ReadEvents,
  ReadRequestContexts,
  ErasePerson,
  ReadLog,
  DescribeApi,
];

export interface MembershipParts {
  readonly store: PostgresEventStore;
  readonly sql: SqlExecutor;
  readonly memberships: Memberships;
  readonly catalog: Catalog;
}

export class MembershipModule {
  static with({ store, sql, memberships, catalog }: MembershipParts): DynamicModule {
    return {
      module: MembershipModule,
      controllers: [...slices, WhenImagePurged],
      providers: [
        MemberCommands,
        MemberReads,
        { provide: Catalog, useValue: catalog },
        { provide: MEMBERSHIPS, useValue: memberships },
        { provide: SQL, useValue: sql },
        { provide: EVENT_STORE, useValue: store },
        { provide: LOG_READER, useValue: logReader(store.pool, topicOf.member) },
        { provide: REQUEST_CONTEXTS, useValue: requestContextReader(store.pool) },
        { provide: PERSON_ERASER, useValue: personEraser(store.pool) },
      ],
    };
  }
}
