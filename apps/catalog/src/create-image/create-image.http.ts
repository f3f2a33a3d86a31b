import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { imageStream } from '@cloud-images/contracts';
import { Caller, CONFIG, jsonObject, metadataOf, parseJson, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { CatalogConfig } from '../config.js';
import type { Image } from '../image/image.js';
import type { Quotas } from '../image/quota.js';
import { etagOf, renderImage, type RenderOptions } from '../image/render-image.js';
import { shownTo, type ShownTo } from '../image/shown-to.js';
import type { SiteRules } from '../image/site-rules.js';
import { RENDER_OPTIONS, SHOWN_TO } from '../read-model/tokens.js';
import { IMAGES, QUOTAS, SITE_RULES, type Images } from '../tokens.js';
import { createImage } from './create-image.js';
import { newImage } from './new-image.js';

@Controller()
export class CreateImage {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(SITE_RULES) private readonly rules: SiteRules,
    @Inject(QUOTAS) private readonly quotas: Quotas,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'publicUrl'>,
  ) {}

  @Post('v2/images')
  async create(
    @Caller() caller: CallerContext,
    @Body() body: unknown,
    @Headers('content-type') type: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const image = newImage(jsonObject(read(body, type)), caller.identity, this.rules);
    const id = image.id ?? randomUUID();
    const { state, version } = await this.quotas.withNewImage(image.owner, (gate) =>
      this.images.handle({
        stream: imageStream(id),
        metadata: metadataOf(caller),
        context: caller.context,
        ...(gate.before ? { before: gate.before } : {}),
        decide: (known) => {
          const events = createImage({ image, id }, known);
          gate.assert();
          return events;
        },
      }),
    );
    reply
      .code(201)
      .header('location', `${this.config.publicUrl}/v2/images/${id}`)
      // Clients choose between import and plain upload by this list; there is nothing to import by.
      .header('openstack-image-import-methods', '')
      .header('content-type', 'application/json')
      .header('etag', etagOf(version))
      .send(shownTo(renderImage(state as Image, this.options), caller.identity.roles, this.siteShows));
  }
}

/** Clients that forget the type (`curl -d`) send JSON nevertheless; that of the right type is parsed already. */
const read = (body: unknown, type: string | undefined): unknown =>
  typeof body === 'string' && !/^application\/json\b/i.test(type ?? '') ? parseJson(body) : body;
