import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { imageStream } from '@cloud-images/contracts';
import { onceOnly, type RememberedAnswer, type SqlExecutor } from '@cloud-images/event-store';
import {
  etagOf,
  type Image,
  type ImageState,
  renderImage,
  type RenderOptions,
  shownTo,
  type ShownTo,
} from '@cloud-images/image-model';
import {
  Caller,
  CONFIG,
  jsonObject,
  metadataOf,
  parseJson,
  repeatable,
  type CallerContext,
} from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { CatalogConfig } from '../config.js';
import type { Quotas } from '../image/quota.js';
import type { SiteRules } from '../image/site-rules.js';
import { READ_MODEL, RENDER_OPTIONS, SHOWN_TO } from '../read-model/tokens.js';
import { IMAGES, QUOTAS, SITE_RULES, type Images } from '../tokens.js';
import { createImage } from './create-image.js';
import { newImage } from './new-image.js';

@Controller()
export class CreateImage {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(SITE_RULES) private readonly rules: SiteRules,
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'publicUrl' | 'importMethods'>,
  ) {}

  @Post('v2/images')
  async create(
    @Caller() caller: CallerContext,
    @Body() body: unknown,
    @Headers('content-type') type: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const document = jsonObject(read(body, type));
    const image = newImage(document, caller.identity, this.rules);
    const id = image.id ?? randomUUID();
    const answer = await onceOnly(this.sql, repeatable(key, caller, 'create', document), (remember) =>
      this.quotas.withNewImage(image.owner, async (gate) => {
        const { state, version } = await this.images.handle({
          stream: imageStream(id),
          metadata: metadataOf(caller),
          context: caller.context,
          isNew: image.id === null,
          ...(gate.before ? { before: gate.before } : {}),
          decide: (known) => {
            const events = createImage({ image, id }, known);
            gate.assert();
            return events;
          },
          ...(remember ? { alongside: (sql, at) => remember(sql, this.answer(at.after, at.version, caller)) } : {}),
        });
        return this.answer(state, version, caller);
      }),
    );
    if (answer.repeated) reply.header('idempotent-replayed', 'true');
    reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  private answer(state: ImageState, version: number, { identity }: CallerContext): RememberedAnswer {
    const image = state as Image;
    return {
      status: 201,
      headers: {
        location: `${this.config.publicUrl}/v2/images/${image.id}`,
        // Clients choose between import and plain upload by this list.
        'openstack-image-import-methods': this.config.importMethods.join(','),
        'content-type': 'application/json',
        etag: etagOf(version),
      },
      body: shownTo(renderImage(image, this.options), identity.roles, this.siteShows),
    };
  }
}

/** Clients that forget the type (`curl -d`) send JSON nevertheless; that of the right type is parsed already. */
const read = (body: unknown, type: string | undefined): unknown =>
  typeof body === 'string' && !/^application\/json\b/i.test(type ?? '') ? parseJson(body) : body;
