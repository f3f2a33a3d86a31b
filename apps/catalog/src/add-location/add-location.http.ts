import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { NewLocation } from '../new-location.js';
import { addLocation } from './add-location.js';

@Controller()
export class AddLocation {
  constructor(@Inject(ImageCommands) private readonly commands: ImageCommands) {}

  @Post('v2/images/:id/locations')
  @HttpCode(202)
  async add(
    @Caller() caller: CallerContext,
    @Param('id') imageId: string,
    @Body(new ValidBody()) _location: NewLocation,
  ): Promise<void> {
    await this.commands.run(caller, {
      imageId,
      decide: (state, who) => addLocation(who.identity, addressed(state, who, 'upload_image')),
    });
  }
}
