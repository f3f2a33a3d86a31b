import { Body, Controller, Headers, Inject, Param, Patch, Res } from '@nestjs/common';
import { etagOf, renderImage, type RenderOptions, shownTo, type ShownTo } from '@cloud-images/image-model';
import { Caller, parseJson, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { assertUnchanged } from '../image/precondition.js';
import type { SiteRules } from '../image/site-rules.js';
import { RENDER_OPTIONS, SHOWN_TO } from '../read-model/tokens.js';
import { SITE_RULES } from '../tokens.js';
import { dialectOf, patchOf } from './patch-document.js';
import { updateImage } from './update-image.js';

/** When v2.1 of the media type replaced v2.0, with OpenStack Grizzly (2013-04-04), as RFC 9745 wants it. */
const deprecatedSince = '@1365033600';

@Controller()
export class UpdateImage {
  constructor(
    @Inject(ImageCommands) private readonly commands: ImageCommands,
    @Inject(SITE_RULES) private readonly rules: SiteRules,
    @Inject(RENDER_OPTIONS) private readonly options: RenderOptions,
    @Inject(SHOWN_TO) private readonly siteShows: ShownTo,
  ) {}

  @Patch('v2/images/:id')
  async update(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Headers('content-type') type: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const dialect = dialectOf(type);
    const patch = patchOf(parseJson(typeof body === 'string' ? body : ''), dialect);
    const { state, version } = await this.commands.run(caller, {
      imageId,
      decide: (known, who, at) => {
        const image = addressed(known, who, 'modify_image');
        assertUnchanged(ifMatch, at.version);
        return updateImage({ patch, identity: who.identity, rules: this.rules }, image);
      },
    });
    if (dialect === 'v2.0') reply.header('deprecation', deprecatedSince);
    reply
      .header('content-type', 'application/json')
      .header('etag', etagOf(version))
      .send(shownTo(renderImage(state, this.options), caller.identity.roles, this.siteShows));
  }
}
