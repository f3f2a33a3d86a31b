import type { DynamicModule, Type } from '@nestjs/common';
import type { SqlExecutor } from '@cloud-images/event-store';
import type { ShownTo } from '@cloud-images/image-model';
import { DescribeApi } from './describe-api/describe-api.http.js';
import { ExportEvents } from './export-events/export-events.http.js';
import { FeedHub } from './follow-events/feed-hub.js';
import { FollowEvents } from './follow-events/follow-events.http.js';
import { History } from './history/history-follower.js';
import { SHOWN_TO } from './history/tokens.js';
import { RequestPeople } from './ledger/request-people.js';
import { Sealer } from './ledger/sealer.js';
import { LEDGER, LEDGER_ID } from './ledger/tokens.js';
import { ListCheckpoints } from './list-checkpoints/list-checkpoints.http.js';
import { ListEvents } from './list-events/list-events.http.js';
import { ListImagesThen } from './list-images-then/list-images-then.http.js';
import { ListMembersThen } from './list-members-then/list-members-then.http.js';
import { ListViewersThen } from './list-viewers-then/list-viewers-then.http.js';
import { Prove } from './prove/prove.http.js';
import { ShowEvent } from './show-event/show-event.http.js';
import { ShowImageThen } from './show-image-then/show-image-then.http.js';
import { CatchUp } from './take-events/catch-up.js';
import { TakeEvents } from './take-events/take-events.consumer.js';

const past: Type[] = [ShowImageThen, ListImagesThen, ListMembersThen, ListViewersThen];
const slices: Type[] = [ListEvents, ShowEvent, Prove, ListCheckpoints, ExportEvents, FollowEvents, DescribeApi];

export interface AuditParts {
  readonly sql: SqlExecutor;
  readonly ledgerId: string;
  readonly sealer: Sealer;
  readonly catchUp: CatchUp;
  readonly hub: FeedHub;
  readonly history: History;
  readonly people: RequestPeople;
  readonly shows: ShownTo;
}

export class AuditModule {
  static with({ sql, ledgerId, sealer, catchUp, hub, history, people, shows }: AuditParts): DynamicModule {
    return {
      module: AuditModule,
      controllers: [...slices, ...past, TakeEvents],
      providers: [
        { provide: LEDGER, useValue: sql },
        { provide: LEDGER_ID, useValue: ledgerId },
        { provide: Sealer, useValue: sealer },
        { provide: CatchUp, useValue: catchUp },
        { provide: FeedHub, useValue: hub },
        { provide: History, useValue: history },
        { provide: RequestPeople, useValue: people },
        { provide: SHOWN_TO, useValue: shows },
      ],
    };
  }
}
