import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Caller, ValidBody, type CallerContext } from '@cloud-images/service-kit';
import { IsObject, IsOptional, IsString, Length } from 'class-validator';
import { ImageCommands } from '../image-commands.js';
import { addressed } from '../image/addressed.js';
import { addLocation } from './add-location.js';

export class NewLocation {
  @IsString({ message: "'url' must be a text." })
  @Length(1, 2_048, { message: "'url' must have 1 to 2048 characters." })
  url!: string;

  /** `os_hash_algo` and `os_hash_value` that the data is to have. */
  @IsOptional()
  @IsObject({ message: "'validation_data' must be an object." })
  validation_data?: object;
}

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
