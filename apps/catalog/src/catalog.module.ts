import type { DynamicModule, Type } from '@nestjs/common';
import { topicOf } from '@cloud-images/contracts';
import { logReader, type Inbox, type PostgresEventStore, type SqlExecutor } from '@cloud-images/event-store';
import { BeginUpload } from './begin-upload/begin-upload.http.js';
import { CompleteUpload } from './complete-upload/complete-upload.http.js';
import type { CatalogConfig } from './config.js';
import { CreateImage } from './create-image/create-image.http.js';
import { DeactivateImage } from './deactivate-image/deactivate-image.http.js';
import { DeleteImage } from './delete-image/delete-image.http.js';
import { DownloadImage } from './download-image/download-image.http.js';
import { FailUpload } from './fail-upload/fail-upload.http.js';
import { ImageAsSeenByCaller } from './image-as-seen/image-as-seen.http.js';
import { ImageCommands } from './image-commands.js';
import { imageValidator, osDistros, type SchemaOptions } from './image/image-schema.js';
import type { RenderOptions } from './image/render-image.js';
import { ListImages } from './list-images/list-images.http.js';
import { PurgeImage } from './purge-image/purge-image.http.js';
import { ReactivateImage } from './reactivate-image/reactivate-image.http.js';
import { ReadEvents } from './read-events/read-events.http.js';
import { ReadLog } from './read-log/read-log.http.js';
import { EVENT_STORE, LOG_READER, READ_MODEL, RENDER_OPTIONS, SCHEMA_OPTIONS } from './read-model/tokens.js';
import { ConsumeMemberEvents } from './receive-member-events/receive-member-events.consumer.js';
import { MEMBER_INBOX } from './receive-member-events/member-inbox.js';
import { ReceiveMemberEvents } from './receive-member-events/receive-member-events.http.js';
import { RenewUpload } from './renew-upload/renew-upload.http.js';
import { RestoreImage } from './restore-image/restore-image.http.js';
import { ShowImage } from './show-image/show-image.http.js';
import { ShowSchema } from './show-schema/show-schema.http.js';
import { TagImage } from './tag-image/tag-image.http.js';
import { IMAGE_VALIDATOR, IMAGES, type Images } from './tokens.js';
import { UntagImage } from './untag-image/untag-image.http.js';
import { UpdateImage } from './update-image/update-image.http.js';

const reads: Type[] = [ShowImage, ListImages, ShowSchema, DownloadImage, ImageAsSeenByCaller, ReadEvents, ReadLog];
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
];
const foreignFacts: Type[] = [ReceiveMemberEvents, ConsumeMemberEvents];
const uploads: Type[] = [BeginUpload, RenewUpload, CompleteUpload, FailUpload];

export interface CatalogParts {
  readonly config: Readonly<CatalogConfig>;
  readonly store: PostgresEventStore;
  readonly sql: SqlExecutor;
  readonly images: Images;
  readonly inbox: Inbox;
}

export class CatalogModule {
  static with({ config, store, sql, images, inbox }: CatalogParts): DynamicModule {
    const schemaOptions: SchemaOptions = { osDistros: config.osDistro === 'any' ? 'any' : osDistros };
    const renderOptions: RenderOptions = { nullAttributes: config.nullAttributes };
    return {
      module: CatalogModule,
      controllers: [...reads, ...changes, ...uploads, ...foreignFacts],
      providers: [
        ImageCommands,
        { provide: IMAGES, useValue: images },
        { provide: MEMBER_INBOX, useValue: inbox },
        { provide: EVENT_STORE, useValue: store },
        { provide: LOG_READER, useValue: logReader(store.pool, topicOf.image) },
        { provide: READ_MODEL, useValue: sql },
        { provide: IMAGE_VALIDATOR, useValue: imageValidator(schemaOptions) },
        { provide: SCHEMA_OPTIONS, useValue: schemaOptions },
        { provide: RENDER_OPTIONS, useValue: renderOptions },
      ],
    };
  }
}
