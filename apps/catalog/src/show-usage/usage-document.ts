import type { ProjectLimits } from '@cloud-images/service-kit';
import type { Usage } from '../image/usage.js';

const mebibyte = 1024 ** 2;

/** In Glance's words: sizes in MiB, a limit of −1 is none. Usage is rounded up, a limit down: never better than it is. */
export const usageDocument = (limits: ProjectLimits, usage: Usage) => ({
  image_size_total: { limit: shown(limits.bytes / mebibyte), usage: Math.ceil(usage.bytes / mebibyte) },
  // Nothing is staged here before it is an image's data.
  image_stage_total: { limit: -1, usage: 0 },
  image_count_total: { limit: shown(limits.images), usage: usage.images },
  image_count_uploading: { limit: shown(limits.uploads), usage: usage.uploads },
});

const shown = (limit: number): number => (limit === Infinity ? -1 : Math.floor(limit));
