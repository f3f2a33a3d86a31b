import { randomUUID } from 'node:crypto';
import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { imageStream } from '@cloud-images/contracts';
import { Caller, CONFIG, jsonObject, metadataOf, parseJson, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { CatalogConfig } from '../config.js';
import type { ImageValidator } from '../image/image-schema.js';
import type { Image } from '../image/image.js';
import { etagOf, renderImage, type RenderOptions } from '../image/render-image.js';
import { RENDER_OPTIONS } from '../read-model/tokens.js';
import { IMAGE_VALIDATOR, IMAGES, type Images } from '../tokens.js';
import { createImage } from './create-image.js';
import { newImage } from './new-image.js';

@Controller()
export class CreateImage {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(IMAGE_VALIDATOR) private readonly valid: ImageValidator,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(CONFIG) private readonly config: Pick<CatalogConfig, 'publicUrl'>,
  ) {}

  @Post('v2/images')
  async create(
    @Caller() caller: CallerContext,
    @Body() body: unknown,
    @Headers('content-type') type: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const image = newImage(jsonObject(read(body, type)), caller.identity, this.valid);
    const id = image.id ?? randomUUID();
    const { state, version } = await this.images.handle({
      stream: imageStream(id),
      metadata: metadataOf(caller),
      context: caller.context,
      isNew: image.id === null,
      decide: (known) => createImage({ image, id }, known),
    });
    reply
      .code(201)
      .header('location', `${this.config.publicUrl}/v2/images/${id}`)
      // Clients choose between import and plain upload by this list; there is nothing to import by.
      .header('openstack-image-import-methods', '')
      .header('content-type', 'application/json')
      .header('etag', etagOf(version))
      .send(renderImage(state as Image, this.options));
  }
}

/** Clients that forget the type (`curl -d`) send JSON nevertheless; that of the right type is parsed already. */
const read = (body: unknown, type: string | undefined): unknown =>
  typeof body === 'string' && !/^application\/json\b/i.test(type ?? '') ? parseJson(body) : body;
