import type { DynamicModule, Type } from '@nestjs/common';
import { topicOf } from '@cloud-images/contracts';
import {
  logReader,
  personEraser,
  requestContextReader,
  type Inbox,
  type PostgresEventStore,
  type SqlExecutor,
} from '@cloud-images/event-store';
import { ErasePerson, PERSON_ERASER, ReadRequestContexts, REQUEST_CONTEXTS } from '@cloud-images/service-kit';
import type { RenderOptions } from '@cloud-images/image-model';
import { AddLocation } from './add-location/add-location.http.js';
import { BeginImport } from './begin-import/begin-import.http.js';
import { BeginUpload } from './begin-upload/begin-upload.http.js';
import { CompleteUpload } from './complete-upload/complete-upload.http.js';
import type { CatalogConfig } from './config.js';
import { CreateImage } from './create-image/create-image.http.js';
import { DeactivateImage } from './deactivate-image/deactivate-image.http.js';
import { DeleteImage } from './delete-image/delete-image.http.js';
import { DescribeApi } from './describe-api/describe-api.http.js';
import { DiscardImport } from './discard-import/discard-import.http.js';
import { DoChore } from './do-chore/do-chore.http.js';
import { DownloadImage } from './download-image/download-image.http.js';
import { FailImport } from './fail-import/fail-import.http.js';
import { FailUpload } from './fail-upload/fail-upload.http.js';
import { ImageAsSeenByCaller } from './image-as-seen/image-as-seen.http.js';
import { ImageCommands } from './image-commands.js';
import type { Housekeeping } from './housekeeping/housekeeping.js';
import { imageValidator, namedProperties, osDistros, type SchemaOptions } from './image/image-schema.js';
import type { Quotas } from './image/quota.js';
import type { SiteRules } from './image/site-rules.js';
import { ListImages } from './list-images/list-images.http.js';
import { LocateData } from './locate-data/locate-data.http.js';
import { PurgeImage } from './purge-image/purge-image.http.js';
import { ReactivateImage } from './reactivate-image/reactivate-image.http.js';
import { ReadEvents } from './read-events/read-events.http.js';
import { ReadLog } from './read-log/read-log.http.js';
import { EVENT_STORE, LOG_READER, READ_MODEL, RENDER_OPTIONS, SCHEMA_OPTIONS, SHOWN_TO } from './read-model/tokens.js';
import { ConsumeMemberEvents } from './receive-member-events/receive-member-events.consumer.js';
import { MEMBER_INBOX } from './receive-member-events/member-inbox.js';
import { ReceiveMemberEvents } from './receive-member-events/receive-member-events.http.js';
import { RenewUpload } from './renew-upload/renew-upload.http.js';
import { RestoreImage } from './restore-image/restore-image.http.js';
import { ReworkImport } from './rework-import/rework-import.http.js';
import { ShowImage } from './show-image/show-image.http.js';
import { ShowImportInfo } from './show-import-info/show-import-info.http.js';
import { ShowLocations } from './show-locations/show-locations.http.js';
import { ShowSchema } from './show-schema/show-schema.http.js';
import { ShowUsage } from './show-usage/show-usage.http.js';
import { StageData } from './stage-data/stage-data.http.js';
import { TagImage } from './tag-image/tag-image.http.js';
import { HOUSEKEEPING, IMAGES, QUOTAS, SITE_RULES, type Images } from './tokens.js';
import { UntagImage } from './untag-image/untag-image.http.js';
import { UpdateImage } from './update-image/update-image.http.js';

const reads: Type[] = [
  ShowImage,
  ListImages,
  ShowSchema,
  ShowImportInfo,
  ShowUsage,
  ShowLocations,
  DownloadImage,
  LocateData,
  ImageAsSeenByCaller,
  ReadEvents,
  ReadRequestContexts,
  ErasePerson,
  ReadLog,
  DescribeApi,
];
const changes: Type[] = [
  CreateImage,
  UpdateImage,
  DeleteImage,
  RestoreImage,
  PurgeImage,
  DeactivateImage,
  ReactivateImage,
  TagImage,
  UntagImage,
  AddLocation,
];
const foreignFacts: Type[] = [ReceiveMemberEvents, ConsumeMemberEvents];
const uploads: Type[] = [BeginUpload, RenewUpload, CompleteUpload, FailUpload, DiscardImport];
const imports: Type[] = [StageData, BeginImport, ReworkImport, FailImport];

export interface CatalogParts {
  readonly config: Readonly<CatalogConfig>;
  readonly store: PostgresEventStore;
  readonly sql: SqlExecutor;
  readonly images: Images;
  readonly inbox: Inbox;
  readonly quotas: Quotas;
  readonly housekeeping: Housekeeping;
}

export class CatalogModule {
  static with({ config, store, sql, images, inbox, quotas, housekeeping }: CatalogParts): DynamicModule {
    const schemaOptions: SchemaOptions = {
      osDistros: config.osDistro === 'any' ? 'any' : osDistros,
      arbitraryProperties: config.arbitraryProperties,
    };
    const siteShows = config.shows();
    const siteRules: SiteRules = {
      valid: imageValidator(schemaOptions),
      protections: siteShows.protections,
      knownProperties: config.arbitraryProperties ? null : new Set(namedProperties(schemaOptions)),
      limitsOf: quotas.limitsOf,
    };
    const renderOptions: RenderOptions = { nullAttributes: config.nullAttributes };
    return {
      module: CatalogModule,
      controllers: [...reads, ...changes, ...uploads, ...imports, ...foreignFacts, DoChore],
      providers: [
        ImageCommands,
        { provide: IMAGES, useValue: images },
        { provide: QUOTAS, useValue: quotas },
        { provide: HOUSEKEEPING, useValue: housekeeping },
        { provide: MEMBER_INBOX, useValue: inbox },
        { provide: EVENT_STORE, useValue: store },
        { provide: LOG_READER, useValue: logReader(store.pool, topicOf.image) },
        { provide: REQUEST_CONTEXTS, useValue: requestContextReader(store.pool) },
        { provide: PERSON_ERASER, useValue: personEraser(store.pool) },
        { provide: READ_MODEL, useValue: sql },
        { provide: SITE_RULES, useValue: siteRules },
        { provide: SHOWN_TO, useValue: siteShows },
        { provide: SCHEMA_OPTIONS, useValue: schemaOptions },
        { provide: RENDER_OPTIONS, useValue: renderOptions },
      ],
    };
  }
}
