import { Controller, Get } from '@nestjs/common';
import { Anonymous } from '@cloud-images/service-kit';

/** Clients cut what is larger into segments. */
const maxObjectBytes = 1024 ** 4;

/** `GET /info`: what clients of the Object Storage API look at before they send a large file. */
@Controller()
export class ObjectStoreInfo {
  @Get('info')
  @Anonymous()
  info(): object {
    return {
      swift: {
        version: '2.34.0',
        max_file_size: maxObjectBytes,
        max_container_name_length: 256,
        max_object_name_length: 1_024,
        max_meta_count: 90,
        max_meta_name_length: 128,
        max_meta_value_length: 256,
        max_meta_overall_size: 4_096,
        container_listing_limit: 10_000,
        account_listing_limit: 10_000,
      },
      slo: { min_segment_size: 1, max_manifest_segments: 1_000, max_manifest_size: 8 * 1024 ** 2 },
    };
  }
}
